-- The whole roster, as it can be imported again.
select
    stakeholders.initiative, people.name, people.stakeholder,
    array(
        select addresses.address from roster.addresses
        where addresses.person_id = people.person_id
        order by addresses.address
    ) as addresses,
    stakeholders.function, stakeholders.level, stakeholders.role, people.organisation, stakeholders.owner,
    stakeholders.importance, stakeholders.cadence_days, stakeholders.desired_band,
    nullif(stakeholders.overrides, '{}')::text as overrides
from roster.stakeholders
join roster.people using (person_id)
where $1::text is null or stakeholders.initiative = $1
order by stakeholders.initiative, people.stakeholder
