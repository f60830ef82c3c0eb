-- Who is meant: by stakeholder, address or name. $2 is the canonical spelling, should $1 be an address.
select people.person_id, people.stakeholder, people.name
from roster.people
where people.stakeholder = $1 or lower(people.name) = lower($1)
   or exists (select from roster.addresses where addresses.person_id = people.person_id and addresses.address = $2)
order by people.stakeholder = $1 desc, people.stakeholder
