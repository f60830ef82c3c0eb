-- Every relationship as it stands now, lowest score first; who cannot be judged yet comes last.
select *
from attune.alignment
where $1::text is null or initiative = $1
order by score nulls last, initiative, stakeholder
