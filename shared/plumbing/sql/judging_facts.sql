-- All that judging the given relationships needs, their states those of version $3, or of the one in force where that
-- is null. A statement of its own: only after their rows are locked does a snapshot show what the replica before us has
-- made of them.
with initiatives as materialized (
    select distinct initiative from roster.stakeholders where relationship_id = any($1)
),
-- Asked once per initiative, and as a rule of one row: only where nothing is kept, or who was found to go deep does so
-- no longer, everybody is looked at. Where nobody did, somebody given here may be the first.
depths as materialized (
    select
        initiatives.initiative,
        kept.reported_at,
        case
            when kept.initiative is not null and kept.relationship_id is null then exists (
                select
                from roster.stakeholders as given
                join projector.model_states as theirs on theirs.relationship_id = given.relationship_id
                where given.relationship_id = any($1) and given.initiative = initiatives.initiative and theirs.depth > 0
                  and theirs.version = coalesce($3, projector.version_in_force())
            )
            when exists (
                select
                from projector.model_states as theirs
                where theirs.relationship_id = kept.relationship_id and theirs.depth > 0
                  and theirs.version = coalesce($3, projector.version_in_force())
            ) then true
            else exists (
                select
                from roster.stakeholders as others
                join projector.model_states as theirs on theirs.relationship_id = others.relationship_id
                where others.initiative = initiatives.initiative and theirs.depth > 0
                  and theirs.version = coalesce($3, projector.version_in_force())
            )
        end as is_any
    from initiatives
    left join projector.depths as kept
        on kept.version = coalesce($3, projector.version_in_force()) and kept.initiative = initiatives.initiative
)
select
    states.relationship_id,
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    stakeholders.owner,
    stakeholders.function,
    stakeholders.level,
    stakeholders.role,
    stakeholders.importance,
    stakeholders.overrides,
    stakeholders.added_at,
    projector.epoch(states.as_of) as as_of,
    states.as_of as state_at,
    states.contact,
    states.dialogue,
    states.depth,
    depths.is_any as is_depth_reported,
    depths.reported_at as depth_reported_at,
    states.accord,
    states.strain,
    states.touch_days,
    states.evidence,
    states.pace,
    states.pace_slow,
    states.first_touch_at,
    states.last_touch_at,
    coalesce(stakeholders.cadence_days, (numbers.cadence_days ->> lower(stakeholders.role))::double precision) as cadence_days,
    -- from here on silence is certain
    projector.epoch(coalesce(latest.occurred_at, states.last_touch_at, states.as_of)) as changed,
    latest.occurred_at as changed_at,
    latest.recorded_at as recorded_at,
    latest.source as source,
    stale.source as stale_source,
    planned.occurred_at as planned_at,
    watches.judged_at,
    watches.reasons as reasons_before,
    watches.drift_reason as drift_reason_before,
    watches.because as because_before,
    watches.is_known as is_known_before,
    watches.held_until as held_until_before,
    watches.held_by as held_by_before,
    watches.settled_at,
    -- what had been foreseen for the time before the switch, and not been told yet, is still to be told
    case when watches.judged_at < watches.drifts_at and watches.drifts_at <= in_force.switched_at then null
         else in_force.switched_at end as switched_at,
    coalesce(untold.reasons, '{}') as untold,
    -- whether its first judgement by the model in force meets with what came in after the switch
    case when watches.judged_at < in_force.switched_at then exists (
        select
        from roster.addresses
        join projector.log using (handle)
        where addresses.person_id = stakeholders.person_id
          and (log.initiative is null or log.initiative = stakeholders.initiative)
          and greatest(log.recorded_at, log.retracted_at) > in_force.switched_at
    ) else false end as is_changed_since_switch,
    alerts.alert_id,
    alerts.reason as alert_reason,
    alerts.reasons as alert_reasons,
    alerts.severity as alert_severity,
    alerts.status as alert_status,
    alerts.snoozed_until,
    alerts.assignee
from projector.model_states as states
join projector.numbers using (version)
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
join depths using (initiative)
cross join projector.in_force
left join alerts.watches using (relationship_id)
left join projector.untold using (relationship_id)
left join alerts.alerts on alerts.relationship_id = states.relationship_id and alerts.status <> 'resolved'
left join lateral (
    select newest.occurred_at, newest.recorded_at, newest.source
    from roster.addresses
    cross join lateral (
        select log.occurred_at, log.recorded_at, log.source
        from (
            -- From the latest backwards, whatever the planner thinks of the conditions: whoever has been touched a
            -- thousand times is not to be sorted for it.
            select * from projector.log where log.handle = addresses.handle order by log.occurred_at desc offset 0
        ) as log
        where not log.planned and log.retracted_at is null
          and (log.initiative is null or log.initiative = stakeholders.initiative)
        order by log.occurred_at desc
        limit 1
    ) as newest
    where addresses.person_id = stakeholders.person_id
    order by newest.occurred_at desc
    limit 1
) as latest on true
left join lateral (
    select min(ahead.at) as occurred_at
    from (
        select log.occurred_at as at
        from roster.addresses
        join projector.log using (handle)
        where addresses.person_id = stakeholders.person_id and log.planned and log.retracted_at is null
          and log.occurred_at > $2
          and (log.initiative is null or log.initiative = stakeholders.initiative)
        union all
        -- What somebody took on is as good as a meeting in a calendar.
        select lines.at
        from planner.lines
        where lines.relationship_id = states.relationship_id and lines.accepted_at is not null and lines.at > $2
    ) as ahead
) as planned on true
left join alerts.alerts as stale on stale.source = latest.source and stale.status <> 'resolved'
where states.relationship_id = any($1) and states.version = coalesce($3, projector.version_in_force())
