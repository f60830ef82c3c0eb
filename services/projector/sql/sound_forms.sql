-- Touchpoints of a form that nobody knows.
select 'event ' || log.event_id || ' of ' || log.source as at
from projector.log
where log.form not in (select form from projector.forms)
