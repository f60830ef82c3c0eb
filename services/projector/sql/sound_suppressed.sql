-- What is kept of handles of which nothing may be kept: in the log, as ours or as theirs, and in the address book.
select 'event ' || log.event_id || ' of ' || log.source as at
from projector.log
where log.handle in (select handle from roster.suppressed) or log.by_handle in (select handle from roster.suppressed)
union all
select 'an address of person ' || addresses.person_id
from roster.addresses
where addresses.handle in (select handle from roster.suppressed)
