-- The same as of any moment, folded from the log: what had happened by then, and, with `known_at`, only as far
-- as it had been recorded by that moment. Drift is forecast for the present: where the moment lies before the
-- last judgement, `drifts_at` and `reasons` stay empty.
create function attune.alignment_at(moment timestamptz, known_at timestamptz default null)
returns setof attune.alignment
language sql stable parallel safe
security definer set search_path = pg_catalog  -- people who query see no more than this returns
begin atomic
    with states as materialized (
        select folded as state, folded.relationship_id, stakeholders.initiative
        from projector.model
        cross join lateral projector.folded(model.version, null, moment, known_at) as folded
        join roster.stakeholders using (relationship_id)
    ), earlier as materialized (
        select folded as state, folded.relationship_id
        from projector.model
        cross join lateral projector.folded(model.version, null, moment - interval '30 days', known_at) as folded
    ), gaps as materialized (
        select relationship_id, max(gap) as longest_gap
        from (
            select relationship_id, day - lag(day) over (partition by relationship_id order by day) as gap
            from (
                select distinct relationship_id, day
                from projector.contributions
                where version = (select version from projector.in_force) and is_touch and occurred_at <= moment
                  and (known_at is null and retracted_at is null
                       or recorded_at <= known_at and (retracted_at is null or retracted_at > known_at))
            ) as touched
        ) as between_days
        group by relationship_id
    ), last_days as (
        select initiative, max(floor(projector.epoch((state).last_touch_at) / 86400)) as last_day
        from states
        group by initiative
    ), initiative_paces as (
        select
            initiative,
            last_day::integer as last_day,
            sum(projector.faded((state).pace_fast, last_day * 86400 - projector.epoch((state).as_of), pace_fast_half_life))
                as pace_fast,
            sum(projector.faded((state).pace, last_day * 86400 - projector.epoch((state).as_of), pace_half_life)) as pace
        from states join last_days using (initiative) cross join projector.model
        where (state).last_touch_at is not null
        group by initiative, last_day
    )
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
        silence.risk,
        reading.score - earlier_reading.score,
        (states.state).last_touch_at,
        projector.next_planned_at(stakeholders.relationship_id, moment, known_at),
        coalesce(
            stakeholders.cadence_days,
            (model.cadence_days ->> lower(stakeholders.role))::double precision
        ),
        watches.drifts_at,
        coalesce(watches.reasons, reading.reasons),
        model.version
    from projector.model
    cross join states
    join earlier using (relationship_id)
    join roster.stakeholders using (relationship_id)
    join roster.people using (person_id)
    left join gaps using (relationship_id)
    left join initiative_paces on initiative_paces.initiative = stakeholders.initiative
    left join alerts.watches on watches.relationship_id = states.relationship_id
        and watches.judged_at <= moment and (known_at is null or watches.judged_at <= known_at)
    cross join lateral projector.read(states.state, moment) as reading
    cross join lateral projector.read(earlier.state, moment - interval '30 days') as earlier_reading
    cross join lateral projector.risk_read(
        states.state, coalesce(longest_gap, 0),
        initiative_paces.last_day, initiative_paces.pace_fast, initiative_paces.pace, moment
    ) as silence;
end;
