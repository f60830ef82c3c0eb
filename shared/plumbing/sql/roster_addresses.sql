-- Adds addresses to their people, and returns the relationships of whoever got a new one.
with given as (
    select distinct t.handle, people.person_id, t.address
    from unnest($1::text[], $2::text[], $3::uuid[]) as t (stakeholder, address, handle)
    join roster.people using (stakeholder)
),
added as (
    insert into roster.addresses (handle, person_id, address)
    select handle, person_id, address
    from given
    on conflict do nothing
    returning person_id
)
select people.stakeholder, stakeholders.relationship_id
from (select distinct person_id from added) as grown
join roster.people using (person_id)
left join roster.stakeholders using (person_id)
