-- When a logged event happened.
select occurred_at
from projector.log
where event_key = $1::uuid and ordinal = 0
