-- How each source is doing, as of the last refresh.
select source, touchpoints, retracted, touchpoints_last_day, first_recorded_at, last_recorded_at, last_occurred_at,
    rejected, extract(epoch from usual_gap)::double precision / 3600 as usual_gap_hours, stale_since, refreshed_at
from console.sources
order by source
