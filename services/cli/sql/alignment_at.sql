-- Every relationship as it stood at a moment, lowest score first.
select *
from attune.alignment_at($2)
where $1::text is null or initiative = $1
order by score nulls last, initiative, stakeholder
