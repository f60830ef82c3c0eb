-- Who should have been judged ten minutes ago.
select 'relationship ' || relationship_id as at
from projector.states
where wake_at < now() - interval '10 minutes'
