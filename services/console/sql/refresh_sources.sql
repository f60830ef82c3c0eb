-- Replace what `console.sources` holds; called within one transaction with its emptying.
insert into console.sources
select source, touchpoints, retracted, touchpoints_last_day, first_recorded_at, last_recorded_at, last_occurred_at, $1
from attune.sources
