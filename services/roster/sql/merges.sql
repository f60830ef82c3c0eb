-- Who was merged into whom, the latest last.
select merges.stakeholder, people.stakeholder as kept, merges.merged_at, merges.merged_by, merges.addresses
from roster.merges
join roster.people using (person_id)
order by merge_id
