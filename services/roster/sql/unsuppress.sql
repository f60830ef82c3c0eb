-- Lets what comes of the handle in again.
delete from roster.suppressed where handle = $1::uuid
