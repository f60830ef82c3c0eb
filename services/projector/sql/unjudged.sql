-- Who has changed, by the model in force, and was not judged since; who has waited shortest comes first.
select relationship_id
from projector.states
where wake_at <= $1
order by wake_at desc
limit $2
