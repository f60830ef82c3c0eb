-- How every relationship stands right now.
create view attune.alignment as
select
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    stakeholders.function,
    stakeholders.level,
    stakeholders.owner,
    reading.score,
    reading.band,
    reading.contact,
    reading.dialogue,
    reading.depth,
    reading.accord,
    reading.strain,
    projector.risk(states, now()) as risk,
    projector.trend(states, reading.score, now(), null) as trend,
    states.last_touch_at,
    projector.next_planned_at(stakeholders.relationship_id, now(), null) as next_planned_at,
    coalesce(stakeholders.cadence_days, (model.cadence_days ->> lower(stakeholders.role))::double precision) as cadence_days,
    watches.drifts_at,
    coalesce(watches.reasons, '{}') || reading.reasons as reasons,
    model.version as model
from roster.stakeholders
join roster.people using (person_id)
join projector.model_states as states on states.relationship_id = stakeholders.relationship_id
    and states.version = (select version from projector.in_force)
left join alerts.watches on watches.relationship_id = stakeholders.relationship_id
cross join projector.model
cross join lateral projector.read(states, now()) as reading;
