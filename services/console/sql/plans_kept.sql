-- The plans that were kept last, and how much of each was accepted and done.
select plans.plan, plans.proposed_at, plans.owner, plans.initiative, plans.hours, plans.until, plans.worth,
    lines.lines, lines.accepted, lines.done
from planner.plans
cross join lateral (
    select
        count(distinct plan.line) as lines,
        count(distinct plan.line) filter (where plan.accepted_at is not null) as accepted,
        count(distinct plan.line) filter (where plan.status = 'done') as done
    from attune.plan
    where plan.plan = plans.plan and ($1::text[] is null or plan.initiative = any($1))
) as lines
where ($1::text[] is null or lines.lines > 0) and ($2::integer is null or plans.plan < $2)
order by plans.plan desc
limit $3
