-- What the newest plan kept for a person (for each of all where null) still proposes, the most worth first.
with newest as (
    select owner, max(plan) as plan
    from planner.lines
    where $1::text is null or lower(owner) = lower($1)
    group by owner
)
select
    lines.plan, lines.line, lines.kind, lines.minutes, lines.latest_day,
    array_agg(lines.name order by lines.name) as names,
    max(lines.days_bought) as days_bought,
    max(lines.worth) as worth,
    bool_or(lines.status = 'accepted') as is_accepted
from newest
join attune.plan as lines using (plan, owner)
where lines.status in ('proposed', 'accepted')
group by lines.plan, lines.line, lines.kind, lines.minutes, lines.latest_day
order by worth desc nulls last, days_bought desc, lines.plan, lines.line
limit 5
