-- Lets those of an initiative be judged anew whose contact was held against a depth that is another one now: judged
-- before anything deep was reported of it, or shallow beside what has been taken back. Who is being folded or judged
-- just now is left for the next look.
with judged_otherwise as materialized (
    select states.relationship_id
    from projector.depths
    join roster.stakeholders on stakeholders.initiative = depths.initiative
    join alerts.watches on watches.relationship_id = stakeholders.relationship_id
    join projector.states on states.relationship_id = stakeholders.relationship_id
    where depths.initiative = $1 and depths.version = projector.version_in_force()
      and case when depths.relationship_id is null then 'shallow' = any(watches.reasons)
               else watches.judged_at < depths.reported_at end
    for update of states skip locked
)
update projector.states set wake_at = least(wake_at, $2)
from judged_otherwise
where states.relationship_id = judged_otherwise.relationship_id
