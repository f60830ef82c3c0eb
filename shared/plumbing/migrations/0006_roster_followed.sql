-- Whose touchpoints feed which relationships.
create view roster.followed as
select addresses.handle, stakeholders.relationship_id, stakeholders.initiative
from roster.addresses
join roster.stakeholders using (person_id);
