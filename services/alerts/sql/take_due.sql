-- Locks relationships that are due, the longest waiting first; what another replica holds is skipped.
select relationship_id
from projector.states
where wake_at <= $1
order by wake_at
limit $2
for update skip locked
