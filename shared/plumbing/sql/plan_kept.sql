-- What was proposed and what became of it, the latest plan first: one plan ($1), or the latest so many ($2) before one ($3).
with wanted as (
    select plan
    from planner.plans
    where ($1::integer is null or plan = $1) and ($3::integer is null or plan < $3)
      and exists (select from planner.lines where lines.plan = plans.plan)
    order by plan desc
    limit $2
)
select kept.*
from wanted
join attune.plan as kept using (plan)
order by kept.plan desc, kept.line, kept.initiative, kept.stakeholder
