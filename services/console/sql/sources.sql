-- How each source is doing, as of the last refresh.
select source, touchpoints, retracted, touchpoints_last_day, first_recorded_at, last_recorded_at, last_occurred_at,
    refreshed_at
from console.sources
order by source
