-- What the newest plan kept for a person (for each of all where null) still proposes at $2, the most worth first: what is of
-- use yet, with nobody who has been booked otherwise since. What was accepted of it stands.
with newest as (
    select owner, max(plan) as plan
    from planner.lines
    where $1::text is null or lower(owner) = lower($1)
    group by owner
),
booked as (
    select lines.plan, lines.line
    from newest
    join planner.lines using (plan, owner)
    join planner.plans using (plan)
    join roster.stakeholders using (relationship_id)
    cross join lateral (
        select accepted.plan, accepted.at, accepted.minutes
        from planner.lines as accepted
        join roster.stakeholders as same using (relationship_id)
        where same.person_id = stakeholders.person_id and accepted.accepted_at is not null
        union all
        select null, log.occurred_at, coalesce(log.minutes, 60)
        from roster.addresses
        join projector.log using (handle)
        where addresses.person_id = stakeholders.person_id and log.planned and log.retracted_at is null
    ) as meetings
    where lines.accepted_at is null and meetings.at <= plans.until
      and meetings.at + meetings.minutes * interval '1 minute' > $2::timestamptz
    group by lines.plan, lines.line, lines.relationship_id
    -- What is booked may be the other touch of this very plan, once it is in a calendar.
    having bool_and(meetings.plan is distinct from lines.plan)
)
select
    lines.plan, lines.line, lines.kind, lines.minutes, lines.latest_day,
    array_agg(lines.name order by lines.name) as names,
    max(lines.days_bought) as days_bought,
    max(lines.worth) as worth,
    bool_or(lines.status = 'accepted') as is_accepted
from newest
join attune.plan as lines using (plan, owner)
where lines.status in ('proposed', 'accepted') and lines.latest_day >= ($2 at time zone 'UTC')::date
  and not exists (select from booked where booked.plan = lines.plan and booked.line = lines.line)
group by lines.plan, lines.line, lines.kind, lines.minutes, lines.latest_day
order by worth desc nulls last, days_bought desc, lines.plan, lines.line
limit 5
