-- Lets those be judged anew whose drift a source had held back that speaks again.
update projector.states set wake_at = least(wake_at, $2)
from alerts.watches
where watches.held_by = any($1) and states.relationship_id = watches.relationship_id
