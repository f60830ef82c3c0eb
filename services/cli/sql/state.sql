-- The state of one relationship as of a moment, as forecasting takes it.
select
    projector.epoch(as_of) as as_of, contact, dialogue, depth, accord, strain, touch_days, evidence
from projector.folded(projector.version_in_force(), array[$1::integer], $2, null)
