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
    projector.next_planned_at(stakeholders.relationship_id, $2, null) as next_planned_at,
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
where stakeholders.relationship_id = any($1)
