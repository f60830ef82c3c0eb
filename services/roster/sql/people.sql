-- Everybody on a roster, with their addresses.
select
    person_id, stakeholder, name, organisation,
    array(select address from roster.addresses where addresses.person_id = people.person_id order by address) as addresses
from roster.people
order by person_id
