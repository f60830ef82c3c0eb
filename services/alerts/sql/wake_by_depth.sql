-- Lets those of an initiative be judged anew who were judged before it came to be known that it goes deep, or that it
-- does no longer: who is shallow hangs on that. Only what changed about the time of the last look ($2) or after it is
-- asked about; who is being folded or judged just now is left for the next look.
with judged_before as materialized (
    select states.relationship_id
    from projector.depths
    join roster.stakeholders on stakeholders.initiative = depths.initiative
    join alerts.watches on watches.relationship_id = stakeholders.relationship_id
    join projector.states on states.relationship_id = stakeholders.relationship_id
    where depths.initiative = $1 and depths.version = projector.version_in_force()
      and depths.reported_at > coalesce($2::timestamptz - interval '1 day', '-infinity')
      and watches.judged_at < depths.reported_at
    for update of states skip locked
)
update projector.states set wake_at = least(wake_at, $3)
from judged_before
where states.relationship_id = judged_before.relationship_id
