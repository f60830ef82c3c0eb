-- When each relationship crosses its next line if nothing else happens, and why.
create view attune.drifts as
select
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    stakeholders.owner,
    reading.score,
    reading.band,
    watches.drifts_at,
    watches.drift_reason as reason
from alerts.watches
join projector.model_states as states on states.relationship_id = watches.relationship_id
    and states.version = (select version from projector.in_force)
join roster.stakeholders on stakeholders.relationship_id = watches.relationship_id
join roster.people using (person_id)
cross join lateral projector.read(states, now()) as reading
where watches.drifts_at is not null;
