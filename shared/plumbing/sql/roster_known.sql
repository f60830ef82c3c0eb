-- Whose addresses these are.
select address, stakeholder
from roster.addresses
join roster.people using (person_id)
where address = any($1::text[])
