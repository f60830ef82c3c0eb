-- How every relationship stands right now. What is not asked for is not computed: risk, trend and the next plan look
-- things up, and stand as subqueries that a query without them does without.
create view attune.alignment as
select
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    stakeholders.function,
    stakeholders.level,
    stakeholders.owner,
    reading.score,
    reading.band,
    reading.contact,
    reading.dialogue,
    reading.depth,
    reading.accord,
    reading.strain,
    (
        select silence.risk
        from (
            select coalesce(max(gap), 0) as longest_gap
            from (
                select days.day - lag(days.day) over (order by days.day) as gap
                from projector.model_days as days
                where days.version = states.version and days.relationship_id = states.relationship_id and days.touches > 0
            ) as gaps
        ) as longest
        cross join lateral projector.risk_read(
            states, longest_gap, initiative_paces.last_day, initiative_paces.pace_fast, initiative_paces.pace, now()
        ) as silence
    ) as risk,
    -- The state of thirty days ago is that of now without what came since: no older log is read.
    (
        select reading.score - earlier.score
        from (
            select row(
                states.version, states.relationship_id,
                states.touch_days - count(*) filter (where is_touched and not is_touched_before),
                states.as_of, null, null, null,
                -- a day at its ceiling gives back only what it had gained
                states.contact - coalesce(sum(
                    (least(contact, model.day_most) - least(contact_before, model.day_most))
                    * exp(0.6931471805599453 * (day * 86400.0 - as_of) / model.contact_half_life)), 0),
                states.dialogue - coalesce(sum(
                    (least(dialogue, model.day_most) - least(dialogue_before, model.day_most))
                    * exp(0.6931471805599453 * (day * 86400.0 - as_of) / model.dialogue_half_life)), 0),
                states.depth - coalesce(sum(depth), 0),
                states.accord - coalesce(sum(accord), 0),
                states.strain - coalesce(sum(strain), 0),
                0, 0, 0,
                -- what is left must not miss a line by rounding alone
                round((states.evidence - coalesce(sum(evidence), 0)) * 1e9) / 1e9
            )::projector.model_states as state
            from (
                select
                    day,
                    as_of,
                    sum(contact_that_day) as contact,
                    sum(case when is_since then 0 else contact_that_day end) as contact_before,
                    sum(dialogue_that_day) as dialogue,
                    sum(case when is_since then 0 else dialogue_that_day end) as dialogue_before,
                    bool_or(is_touch) as is_touched,
                    bool_or(is_touch and not is_since) as is_touched_before,
                    sum(depth * exp(0.6931471805599453 * (occurred - as_of) / model.depth_half_life))
                        filter (where is_since) as depth,
                    sum(accord * exp(0.6931471805599453 * (occurred - as_of) / model.accord_half_life))
                        filter (where is_since) as accord,
                    sum(strain * exp(0.6931471805599453 * (occurred - as_of) / model.strain_half_life))
                        filter (where is_since) as strain,
                    sum(contact + accord + strain) filter (where is_since) as evidence
                from (
                    select
                        contributions.*,
                        projector.epoch(states.as_of) as as_of,
                        occurred_at > now() - interval '30 days' as is_since,
                        contact * exp(0.6931471805599453 * (occurred - day * 86400.0) / model.contact_half_life)
                            as contact_that_day,
                        dialogue * exp(0.6931471805599453 * (occurred - day * 86400.0) / model.dialogue_half_life)
                            as dialogue_that_day
                    from projector.contributions
                    where version = states.version and relationship_id = states.relationship_id and retracted_at is null
                      -- since that day began: its ceiling is of the whole day
                      and occurred_at >= to_timestamp(86400.0 * floor(projector.epoch(now() - interval '30 days') / 86400))
                ) as counted
                group by day, as_of
            ) as days
            offset 0  -- planned as a step of its own: merged into the reading, planning takes longer than running
        ) as recent
        cross join lateral projector.read(recent.state, now() - interval '30 days') as earlier
    ) as trend,
    states.last_touch_at,
    -- as projector.next_planned_at says it of any moment
    least((
        select min(log.occurred_at)
        from roster.followed
        join projector.log on log.handle = followed.handle
            and (log.initiative is null or log.initiative = followed.initiative)
        where followed.relationship_id = states.relationship_id
          and log.planned and log.retracted_at is null and log.occurred_at > now()
    ), (
        select min(due_at)
        from (
            select
                (array_agg(log.details #>> '{commitment,state}' order by log.occurred_at desc, log.recorded_at desc))[1] as state,
                (array_agg((log.details #>> '{commitment,due_at}')::timestamptz
                    order by log.details #>> '{commitment,due_at}' is null, log.occurred_at desc, log.recorded_at desc))[1] as due_at
            from roster.followed
            join projector.log on log.handle = followed.handle
                and (log.initiative is null or log.initiative = followed.initiative)
            where followed.relationship_id = states.relationship_id
              and log.form between 600 and 699 and log.retracted_at is null and log.occurred_at <= now()
            group by log.details #>> '{commitment,ref}'
        ) as promise
        where promise.state in ('made', 'renegotiated') and promise.due_at > now()
    )) as next_planned_at,
    coalesce(stakeholders.cadence_days, (model.cadence_days ->> lower(stakeholders.role))::double precision) as cadence_days,
    watches.drifts_at,
    coalesce(watches.reasons, reading.reasons) as reasons,
    model.version as model
from roster.stakeholders
join roster.people using (person_id)
join projector.model_states as states on states.relationship_id = stakeholders.relationship_id
    and states.version = (select version from projector.in_force)
left join alerts.watches on watches.relationship_id = stakeholders.relationship_id
left join projector.initiative_paces on initiative_paces.initiative = stakeholders.initiative
cross join projector.model
cross join lateral projector.read(states, now()) as reading;
