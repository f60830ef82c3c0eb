-- Every relationship of the initiatives that are planned for, as it stands, with the next meeting (or the one in
-- progress) that is booked or was accepted from a plan. Those of other owners count for coverage only.
select
    stakeholders.relationship_id,
    stakeholders.person_id,
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    stakeholders.function,
    stakeholders.level,
    stakeholders.role,
    stakeholders.owner,
    stakeholders.importance,
    stakeholders.overrides::text as overrides,
    projector.epoch(states.as_of) as as_of,
    states.contact,
    states.dialogue,
    states.depth,
    states.accord,
    states.strain,
    states.touch_days,
    states.evidence,
    projector.epoch(states.first_touch_at) as first_touch_at,
    projector.epoch(states.last_touch_at) as last_touch_at,
    states.pace_fast,
    states.pace,
    states.pace_slow,
    longest.gap as longest_gap,
    projector.epoch(booked.at) as booked_at
from roster.stakeholders
join roster.people using (person_id)
join projector.states using (relationship_id)
cross join lateral (
    select coalesce(max(gap), 0) as gap
    from (
        select days.day - lag(days.day) over (order by days.day) as gap
        from projector.days
        where days.relationship_id = stakeholders.relationship_id and days.touches > 0
    ) as gaps
) as longest
left join lateral (
    select min(at) as at
    from (
        select log.occurred_at as at
        from roster.addresses
        join projector.log using (handle)
        where addresses.person_id = stakeholders.person_id and log.planned and log.retracted_at is null
          and log.occurred_at + coalesce(log.minutes, 60) * interval '1 minute' > $3
        union all
        select lines.at
        from planner.lines
        join roster.stakeholders as same using (relationship_id)
        where same.person_id = stakeholders.person_id and lines.accepted_at is not null and lines.at + lines.minutes * interval '1 minute' > $3
    ) as ahead
) as booked on true
where stakeholders.initiative in (
    select initiative from roster.stakeholders
    where ($1::text is null or initiative = $1) and ($2::text is null or lower(owner) = lower($2))
)
order by stakeholders.initiative, people.stakeholder
