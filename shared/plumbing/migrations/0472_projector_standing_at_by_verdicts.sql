-- How one relationship stood at any moment, folded from the log: what had happened by then and, with `known_at`, only
-- as far as it had been recorded by that moment. How busy its initiative was then is handed in, for it is asked once.
-- Drift and its reasons are what alerts had made of it by then.
create or replace function projector.standing_at(
    at_initiative text, at_stakeholder text, moment timestamptz, known_at timestamptz,
    initiative_last_day integer, initiative_pace_fast double precision, initiative_pace double precision
)
returns table (
    score double precision, band text, contact double precision, dialogue double precision, depth double precision,
    accord double precision, strain double precision, risk double precision, trend double precision,
    last_touch_at timestamptz, next_planned_at timestamptz, drifts_at timestamptz, reasons text[]
)
language sql stable parallel safe
security definer set search_path = pg_catalog  -- readers reach it through attune.alignment_at only
set plan_cache_mode = force_generic_plan  -- a plan takes longer to make than to carry out
begin atomic
    select
        reading.score,
        reading.band,
        reading.contact,
        reading.dialogue,
        reading.depth,
        reading.accord,
        reading.strain,
        silence.risk,
        reading.score - earlier.score,
        (state).last_touch_at,
        projector.next_planned_at(stakeholders.relationship_id, moment, known_at),
        verdicts.drifts_at,
        coalesce(verdicts.reasons, reading.reasons)
    from roster.stakeholders
    join roster.people using (person_id)
    cross join projector.model
    left join lateral (
        select said.drifts_at, said.reasons
        from alerts.verdicts as said
        where said.relationship_id = stakeholders.relationship_id and said.judged_at <= least(moment, known_at)
        order by said.judged_at desc
        limit 1
    ) as verdicts on true
    cross join lateral (
        select folded as state
        from projector.folded(model.version, array[stakeholders.relationship_id], moment, known_at) as folded
        offset 0  -- folded once, not once per column
    ) as folded
    cross join lateral (
        select folded as state_before
        from projector.folded(
            model.version, array[stakeholders.relationship_id], moment - interval '30 days', known_at
        ) as folded
        offset 0
    ) as folded_before
    cross join lateral (
        select coalesce(max(gap), 0) as longest_gap
        from (
            select day - lag(day) over (order by day) as gap
            from (
                select distinct day
                from projector.contributions
                where version = model.version
                  and contributions.relationship_id = stakeholders.relationship_id
                  and is_touch
                  and occurred_at <= moment
                  and (known_at is null and retracted_at is null
                       or recorded_at <= known_at and (retracted_at is null or retracted_at > known_at))
            ) as touched
        ) as between_days
    ) as longest
    cross join lateral projector.read(state, moment) as reading
    cross join lateral projector.read(state_before, moment - interval '30 days') as earlier
    -- who was never touched has no risk, and stands there all the same
    left join lateral projector.risk_read(
        state, longest_gap, initiative_last_day, initiative_pace_fast, initiative_pace, moment
    ) as silence on true
    where stakeholders.initiative = at_initiative and people.stakeholder = at_stakeholder;
end;
