-- How every source does, from when it was heard; quick, however long the log is.
select source, last_event_at, events_per_day, rejected, usual_gap, stale_since
from projector.source_health($1)
