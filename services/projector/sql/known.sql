-- What was said under these keys by whoever came first.
select replace(event_key::text, '-', '') as event_key, content
from projector.log
where ordinal = 0 and event_key = any($1::uuid[])
