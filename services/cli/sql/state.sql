-- The state of one relationship, as forecasting takes it.
select
    projector.epoch(as_of) as as_of, contact, dialogue, depth, accord, strain, touch_days, evidence
from projector.states
where relationship_id = $1
