-- The first person of an event stands for it: where that one is gone, the next does.
update projector.log set ordinal = 0
from (
    select event_key, min(ordinal) as ordinal from projector.log where event_key = any($1::uuid[]) group by event_key
) as next
where log.event_key = next.event_key and log.ordinal = next.ordinal and log.ordinal <> 0
