-- Replace what `console.sources` holds; called within one transaction with its emptying.
insert into console.sources (
    source, touchpoints, retracted, touchpoints_last_day, first_recorded_at, last_recorded_at, last_occurred_at,
    rejected, usual_gap, stale_since, refreshed_at
)
select source, touchpoints, retracted, touchpoints_last_day, first_recorded_at, last_recorded_at, last_occurred_at,
    rejected, usual_gap, stale_since, $1
from attune.sources
