-- Who is meant: by stakeholder, address or name, on every initiative they are on (or the one given).
select
    stakeholders.relationship_id, stakeholders.initiative, people.stakeholder, people.name, stakeholders.role,
    stakeholders.overrides
from roster.stakeholders
join roster.people using (person_id)
where ($2::text is null or stakeholders.initiative = $2)
  and (people.stakeholder = $1 or lower(people.name) = lower($1)
       or exists (select from roster.addresses
                  where addresses.person_id = people.person_id and addresses.address = lower($1)))
order by stakeholders.initiative, people.stakeholder
