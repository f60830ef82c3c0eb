-- How these relationships stand at a moment, by their live states.
select
    stakeholders.relationship_id,
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    people.organisation,
    stakeholders.function,
    stakeholders.level,
    stakeholders.role,
    stakeholders.owner,
    stakeholders.importance,
    stakeholders.desired_band,
    stakeholders.overrides,
    coalesce(stakeholders.cadence_days, (model.cadence_days ->> lower(stakeholders.role))::double precision) as cadence_days,
    reading.score,
    reading.band,
    reading.contact,
    reading.dialogue,
    reading.depth,
    reading.accord,
    reading.strain,
    projector.risk(states, $2) as risk,
    states.first_touch_at,
    states.last_touch_at,
    states.touch_days,
    ahead.at as next_planned_at,
    case
        when ahead.at is null then null
        when exists (
            select from roster.followed
            join projector.log on log.handle = followed.handle
                and (log.initiative is null or log.initiative = followed.initiative)
            where followed.relationship_id = stakeholders.relationship_id
              and log.planned and log.retracted_at is null and log.occurred_at = ahead.at
        ) then 'meeting'
        else 'promise'
    end as next_planned_is,
    watches.drifts_at,
    watches.drift_reason,
    coalesce(watches.reasons, reading.reasons) as reasons
from roster.stakeholders
join roster.people using (person_id)
join projector.model_states as states on states.relationship_id = stakeholders.relationship_id
    and states.version = (select version from projector.in_force)
left join alerts.watches on watches.relationship_id = stakeholders.relationship_id
cross join projector.model
cross join lateral projector.read(states, $2) as reading
cross join lateral projector.next_planned_at(stakeholders.relationship_id, $2, null) as ahead (at)
where stakeholders.relationship_id = any($1)
