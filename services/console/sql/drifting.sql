-- Who will cross a line in the days ahead, soonest first; who has crossed it already is not ahead any more.
select
    watches.relationship_id,
    stakeholders.initiative,
    people.name,
    watches.drifts_at,
    watches.drift_reason as reason
from alerts.watches
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
where watches.drifts_at > $2
  and watches.drifts_at <= $3
  and ($1::text[] is null or stakeholders.initiative = any($1))
order by watches.drifts_at
limit $4
