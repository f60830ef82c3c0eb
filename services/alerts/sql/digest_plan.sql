-- What the newest plan kept for a person (for anybody where null) still proposes, the most worth first.
select
    lines.plan, lines.line, lines.kind, lines.minutes, lines.latest_day,
    array_agg(lines.name order by lines.name) as names,
    max(lines.days_bought) as days_bought,
    max(lines.worth) as worth,
    bool_or(lines.status = 'accepted') as is_accepted
from attune.plan as lines
where ($1::text is null or lower(lines.owner) = lower($1)) and lines.status in ('proposed', 'accepted')
  and lines.plan = (select max(newest.plan) from attune.plan as newest where newest.owner = lines.owner)
group by lines.plan, lines.line, lines.kind, lines.minutes, lines.latest_day
order by worth desc nulls last, days_bought desc, lines.plan, lines.line
limit 5
