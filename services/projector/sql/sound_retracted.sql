-- Events that were taken back and count.
select 'event ' || log.event_id || ' of ' || log.source as at
from projector.retractions
join projector.log using (event_key)
where log.retracted_at is null
