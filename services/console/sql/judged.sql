-- The live states of these relationships, and what decides by which lines and which rhythm they are judged.
select
    stakeholders.relationship_id,
    stakeholders.role,
    stakeholders.overrides,
    coalesce(stakeholders.cadence_days, (model.cadence_days ->> lower(stakeholders.role))::double precision) as cadence_days,
    projector.epoch(states.as_of) as as_of,
    states.contact,
    states.dialogue,
    states.depth,
    states.accord,
    states.strain,
    states.touch_days,
    states.evidence
from roster.stakeholders
join projector.model_states as states on states.relationship_id = stakeholders.relationship_id
    and states.version = (select version from projector.in_force)
cross join projector.model
where stakeholders.relationship_id = any($1)
