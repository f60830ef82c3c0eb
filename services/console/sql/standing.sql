-- How these relationships stand at a moment, by their live states. Risk is `projector.risk`, of all of them at once: called for
-- each, the function takes four times as long.
select
    stakeholders.relationship_id,
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    people.organisation,
    stakeholders.function,
    stakeholders.level,
    stakeholders.role,
    stakeholders.owner,
    stakeholders.importance,
    stakeholders.desired_band,
    stakeholders.overrides,
    coalesce(stakeholders.cadence_days, (model.cadence_days ->> lower(stakeholders.role))::double precision) as cadence_days,
    reading.score,
    reading.band,
    reading.contact,
    reading.dialogue,
    reading.depth,
    reading.accord,
    reading.strain,
    silence.risk,
    states.first_touch_at,
    states.last_touch_at,
    states.touch_days,
    ahead.at as next_planned_at,
    case
        when ahead.at is null then null
        when exists (
            select from roster.followed
            join projector.log on log.handle = followed.handle
                and (log.initiative is null or log.initiative = followed.initiative)
            where followed.relationship_id = stakeholders.relationship_id
              and log.planned and log.retracted_at is null and log.occurred_at = ahead.at
        ) then 'meeting'
        else 'promise'
    end as next_planned_is,
    watches.drifts_at,
    watches.drift_reason,
    coalesce(watches.reasons, reading.reasons) as reasons
from roster.stakeholders
join roster.people using (person_id)
join projector.model_states as states on states.relationship_id = stakeholders.relationship_id
    and states.version = (select version from projector.in_force)
left join alerts.watches on watches.relationship_id = stakeholders.relationship_id
cross join projector.model
cross join lateral projector.read(states, $2) as reading
cross join lateral projector.next_planned_at(stakeholders.relationship_id, $2, null) as ahead (at)
left join projector.initiative_paces on initiative_paces.initiative = stakeholders.initiative
cross join lateral (
    select coalesce(max(gap), 0) as longest_gap
    from (
        select days.day - lag(days.day) over (order by days.day) as gap
        from projector.model_days as days
        where days.version = states.version and days.relationship_id = states.relationship_id and days.touches > 0
    ) as gaps
) as longest
-- who was never touched has no risk, and stands there all the same
left join lateral projector.risk_read(
    states, longest_gap, initiative_paces.last_day, initiative_paces.pace_fast, initiative_paces.pace, $2
) as silence on true
where stakeholders.relationship_id = any($1)
