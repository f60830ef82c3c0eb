-- Commitments that may be unkept, of the given relationships.
select relationship_id, ref, state, by, due_at, broken_at
from alerts.commitments
where relationship_id = any($1)
  and (state = 'broken' or state <> 'kept' and due_at is not null)
order by relationship_id, changed_at
