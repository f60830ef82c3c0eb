-- Who has changed, by the model in force, and was not judged since.
select relationship_id
from projector.states
where wake_at <= $1
order by relationship_id
