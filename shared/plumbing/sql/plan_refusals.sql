-- Why lines of a plan ($1; $2: which, all where none is named) cannot be accepted at $3: what lies behind them, and what
-- the same person or the same owner does at that time already: by the roster, or by what was reported as theirs ($4, $5:
-- owners who are called by an address, and its handles); and who has been booked otherwise since the plan was made, in the
-- time that it is for: nobody is to be met twice because two plans did not know of each other. Lines that are accepted
-- stay so and are not asked about.
with wanted as (
    select
        lines.line, lines.at, lines.at + lines.minutes * interval '1 minute' as ends_at, coalesce(lines.owner, '') as owner,
        stakeholders.person_id, people.name, plans.until
    from planner.lines
    join planner.plans using (plan)
    join roster.stakeholders using (relationship_id)
    join roster.people using (person_id)
    where lines.plan = $1 and (cardinality($2::integer[]) = 0 or lines.line = any($2)) and lines.accepted_at is null
),
accepted as (
    select
        lines.plan, lines.line, lines.at, lines.at + lines.minutes * interval '1 minute' as ends_at,
        coalesce(lines.owner, '') as owner, stakeholders.person_id
    from planner.lines
    join roster.stakeholders using (relationship_id)
    where lines.accepted_at is not null and lines.at > $3::timestamptz - interval '1 day'
),
booked as (
    select
        log.occurred_at as at, log.occurred_at + coalesce(log.minutes, 60) * interval '1 minute' as ends_at,
        coalesce(stakeholders.owner, '') as owner, stakeholders.person_id
    from projector.log
    join roster.addresses using (handle)
    join roster.stakeholders using (person_id)
    where log.planned and log.retracted_at is null and log.occurred_at > $3::timestamptz - interval '1 day'
      and (log.initiative is null or log.initiative = stakeholders.initiative)
    union all
    select
        log.occurred_at, log.occurred_at + coalesce(log.minutes, 60) * interval '1 minute', accounts.owner, null
    from unnest($4::text[], $5::uuid[]) as accounts (owner, handle)
    join projector.log on log.by_handle = accounts.handle
    where log.planned and log.retracted_at is null and log.occurred_at > $3::timestamptz - interval '1 day'
)
select distinct on (line) line, reason
from (
    select line, 1 as rank, format('its time, %s UTC, is past', to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')) as reason
    from wanted
    where at <= $3::timestamptz
    union all
    select
        wanted.line, 2,
        format(
            '%s is taken then: line %s of plan %s was accepted for %s UTC',
            case when wanted.person_id = accepted.person_id then wanted.name
                else coalesce(nullif(wanted.owner, ''), 'whoever has no owner') end,
            accepted.line, accepted.plan, to_char(accepted.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
        )
    from wanted
    join accepted on accepted.at < wanted.ends_at and accepted.ends_at > wanted.at
        and (wanted.person_id = accepted.person_id or lower(wanted.owner) = lower(accepted.owner))
    union all
    select
        wanted.line, 3,
        format(
            '%s is taken then: a meeting is booked for %s UTC',
            case when wanted.person_id = booked.person_id then wanted.name else wanted.owner end,
            to_char(booked.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
        )
    from wanted
    join booked on booked.at < wanted.ends_at and booked.ends_at > wanted.at
        and (wanted.person_id = booked.person_id or wanted.owner <> '' and lower(wanted.owner) = lower(booked.owner))
    union all
    select
        wanted.line, 4,
        format(
            '%s is booked already: line %s of plan %s was accepted for %s UTC',
            wanted.name, accepted.line, accepted.plan, to_char(accepted.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
        )
    from wanted
    join accepted on accepted.person_id = wanted.person_id and accepted.plan <> $1
        and accepted.ends_at > $3 and accepted.at <= wanted.until
    union all
    select
        wanted.line, 5,
        format('%s is booked already, for %s UTC', wanted.name, to_char(booked.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
    from wanted
    join booked on booked.person_id = wanted.person_id and booked.ends_at > $3 and booked.at <= wanted.until
    -- What is booked may be the other touch of this very plan, once it is in a calendar.
    where not exists (select from accepted where accepted.person_id = wanted.person_id and accepted.plan = $1)
) as reasons
order by line, rank, reason
