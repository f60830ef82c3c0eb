-- Each relationship with all that the roster says of it, as the roster's log keeps it.
create view roster.entries as
select
    stakeholders.relationship_id,
    stakeholders.person_id,
    stakeholders.initiative,
    people.stakeholder,
    jsonb_strip_nulls(jsonb_build_object(
        'name', people.name,
        'addresses', array(
            select addresses.address from roster.addresses
            where addresses.person_id = people.person_id
            order by addresses.address
        ),
        'function', stakeholders.function,
        'level', stakeholders.level,
        'role', stakeholders.role,
        'organisation', people.organisation,
        'owner', stakeholders.owner,
        'importance', stakeholders.importance,
        'cadence_days', stakeholders.cadence_days,
        'desired_band', stakeholders.desired_band,
        'overrides', nullif(stakeholders.overrides, '{}')
    )) as entry
from roster.stakeholders
join roster.people using (person_id);
