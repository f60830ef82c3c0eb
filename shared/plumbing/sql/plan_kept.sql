-- What was proposed and what became of it, the latest plan first.
select *
from attune.plan
where $1::integer is null or plan = $1
order by plan desc, line, initiative, stakeholder
