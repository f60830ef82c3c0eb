-- What decides by which lines and which rhythm these relationships are judged.
select
    stakeholders.relationship_id,
    stakeholders.role,
    stakeholders.overrides,
    coalesce(stakeholders.cadence_days, (model.cadence_days ->> lower(stakeholders.role))::double precision) as cadence_days
from roster.stakeholders
cross join projector.model
where stakeholders.relationship_id = any($1)
