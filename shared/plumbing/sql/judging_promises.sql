-- Commitments that may be unkept, of the given relationships; who writes that there is no end by a moment in the year
-- 9999 is understood, and read as one that can be reckoned with.
select
    relationship_id, ref, state, by,
    case when due_at is not null then
        greatest(least(due_at, timestamptz '3000-01-01 00:00:00+00'), timestamptz '1000-01-01 00:00:00+00')
    end as due_at,
    broken_at
from alerts.commitments
where relationship_id = any($1)
  and (state = 'broken' or state <> 'kept' and due_at is not null)
order by relationship_id, changed_at
