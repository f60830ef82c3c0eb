-- The states of the given relationships (all when null) under a model in use, folded from the log: what had happened by `moment`, as
-- far as it was known by `known_at` (as it is known now when null). Exactly as living through it would have: with what
-- is carried of touchpoints that the log holds no more, from the moment on before which it holds none.
create function projector.folded(
    model_version integer, relationships integer[], moment timestamptz, known_at timestamptz
) returns setof projector.model_states
language sql stable parallel safe
begin atomic
    with counted as materialized (
        select *
        from projector.contributions
        where version = model_version
          -- so written that a few relationships are found by index
          and relationship_id = any(coalesce(relationships, array(select relationship_id from roster.stakeholders)))
          and occurred_at <= moment
          and (known_at is null and retracted_at is null
               or recorded_at <= known_at and (retracted_at is null or retracted_at > known_at))
    ), carried as materialized (
        select carried_of.*, projector.epoch(carried_of.as_of) as carried_as_of
        from projector.carried_of(relationships, moment)
    ), logged as (
        select relationship_id,
            22118400.0 * floor(max(occurred) / 22118400.0) as as_of,  -- the start of the latest era of 256 days
            min(occurred) filter (where is_touch) as first_touch,
            max(occurred) filter (where is_touch) as last_touch
        from counted
        group by relationship_id
    ), latest as (
        select relationship_id,
            max(as_of) as as_of, min(first_touch) as first_touch, max(last_touch) as last_touch
        from (
            select * from logged
            union all
            select relationship_id, carried_as_of, projector.epoch(first_touch_at), projector.epoch(last_touch_at)
            from carried
        ) as known
        group by relationship_id
    ), singles as (
        select relationship_id,
            sum(projector.faded(depth, as_of - occurred, depth_half_life)) as depth,
            sum(projector.faded(accord, as_of - occurred, accord_half_life)) as accord,
            sum(projector.faded(strain, as_of - occurred, strain_half_life)) as strain,
            sum(contact + accord + strain) as evidence
        from counted join latest using (relationship_id) join projector.numbers using (version)
        group by relationship_id
    ), days as (
        select version, relationship_id, day,
            bool_or(is_touch) as is_touched,
            sum(contact * exp(0.6931471805599453 * (occurred - day * 86400.0) / contact_half_life)) as contact,
            sum(dialogue * exp(0.6931471805599453 * (occurred - day * 86400.0) / dialogue_half_life)) as dialogue
        from counted join projector.numbers using (version)
        group by version, relationship_id, day
    ), daily as (
        select relationship_id,
            sum(projector.faded(least(contact, day_most), as_of - day * 86400.0, contact_half_life)) as contact,
            sum(projector.faded(least(dialogue, day_most), as_of - day * 86400.0, dialogue_half_life)) as dialogue,
            sum(projector.faded(1, as_of - day * 86400.0, pace_fast_half_life)) filter (where is_touched) as pace_fast,
            sum(projector.faded(1, as_of - day * 86400.0, pace_half_life)) filter (where is_touched) as pace,
            sum(projector.faded(1, as_of - day * 86400.0, pace_slow_half_life)) filter (where is_touched) as pace_slow,
            count(*) filter (where is_touched) as touch_days
        from days join latest using (relationship_id) join projector.numbers using (version)
        group by relationship_id
    )
    select
        model_version,
        stakeholders.relationship_id,
        (coalesce(daily.touch_days, 0) + coalesce(carried.touch_days, 0))::integer as touch_days,
        to_timestamp(latest.as_of) as as_of,
        to_timestamp(latest.first_touch) as first_touch_at,
        to_timestamp(latest.last_touch) as last_touch_at,
        null::timestamptz as wake_at,
        coalesce(daily.contact, 0) + coalesce(projector.faded(carried.contact, latest.as_of - carried_as_of, contact_half_life), 0) as contact,
        coalesce(daily.dialogue, 0) + coalesce(projector.faded(carried.dialogue, latest.as_of - carried_as_of, dialogue_half_life), 0) as dialogue,
        coalesce(singles.depth, 0) + coalesce(projector.faded(carried.depth, latest.as_of - carried_as_of, depth_half_life), 0) as depth,
        coalesce(singles.accord, 0) + coalesce(projector.faded(carried.accord, latest.as_of - carried_as_of, accord_half_life), 0) as accord,
        coalesce(singles.strain, 0) + coalesce(projector.faded(carried.strain, latest.as_of - carried_as_of, strain_half_life), 0) as strain,
        coalesce(daily.pace_fast, 0) + coalesce(projector.faded(carried.pace_fast, latest.as_of - carried_as_of, pace_fast_half_life), 0) as pace_fast,
        coalesce(daily.pace, 0) + coalesce(projector.faded(carried.pace, latest.as_of - carried_as_of, pace_half_life), 0) as pace,
        coalesce(daily.pace_slow, 0) + coalesce(projector.faded(carried.pace_slow, latest.as_of - carried_as_of, pace_slow_half_life), 0) as pace_slow,
        coalesce(singles.evidence, 0) + coalesce(carried.evidence, 0) as evidence
    from roster.stakeholders
    join projector.numbers on numbers.version = model_version
    left join latest using (relationship_id)
    left join singles using (relationship_id)
    left join daily using (relationship_id)
    left join carried using (relationship_id)
    where stakeholders.relationship_id
        = any(coalesce(relationships, array(select relationship_id from roster.stakeholders)));
end;
