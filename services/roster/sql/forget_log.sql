-- Takes a person out of the roster's log.
delete from roster.log where stakeholder = any($1::text[])
