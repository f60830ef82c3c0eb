-- How one relationship stands at a moment.
select *
from attune.alignment_at($3)
where initiative = $1 and stakeholder = $2
