-- The merge by which somebody is gone, with who stays, and by which later merge it is covered, if by any.
select
    merges.merge_id, merges.stakeholder, people.stakeholder as kept,
    (
        select later.stakeholder from roster.merges as later
        where later.person_id = merges.person_id and later.merge_id > merges.merge_id
          and later.addresses && merges.addresses
        order by later.merge_id desc
        limit 1
    ) as covered_by,
    exists (select from roster.people as again where again.stakeholder = merges.stakeholder) as is_taken
from roster.merges
join roster.people using (person_id)
where merges.stakeholder = $1
