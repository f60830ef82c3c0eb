-- Folds the given relationships anew from the log (all of them when null), exactly as living through it
-- would have. The caller holds the fold lock exclusively, so that no touchpoint slips past.
create function projector.refold(relationships integer[], changed_at timestamptz) returns bigint
language sql
begin atomic
    delete from projector.days
    where relationships is null or relationship_id = any(relationships);

    insert into projector.days
    select
        relationship_id,
        day,
        count(*) filter (where is_touch),
        sum(contact * exp(0.6931471805599453 * (occurred - day * 86400.0) / contact_half_life)),
        sum(dialogue * exp(0.6931471805599453 * (occurred - day * 86400.0) / dialogue_half_life))
    from projector.contributions cross join projector.model
    where retracted_at is null and (relationships is null or relationship_id = any(relationships))
    group by relationship_id, day;

    with latest as materialized (
        select relationship_id, 22118400.0 * floor(max(occurred) / 22118400.0) as as_of,  -- eras of 256 days
               min(occurred) filter (where is_touch) as first_touch,
               max(occurred) filter (where is_touch) as last_touch
        from projector.contributions
        where retracted_at is null and (relationships is null or relationship_id = any(relationships))
        group by relationship_id
    ), singles as (
        select relationship_id,
            sum(projector.faded(depth, as_of - occurred, depth_half_life)) as depth,
            sum(projector.faded(accord, as_of - occurred, accord_half_life)) as accord,
            sum(projector.faded(strain, as_of - occurred, strain_half_life)) as strain,
            sum(contact + accord + strain) as evidence
        from projector.contributions join latest using (relationship_id) cross join projector.model
        where retracted_at is null and (relationships is null or relationship_id = any(relationships))
        group by relationship_id
    ), daily as (
        select relationship_id,
            sum(projector.faded(least(contact, day_most), as_of - day * 86400.0, contact_half_life)) as contact,
            sum(projector.faded(least(dialogue, day_most), as_of - day * 86400.0, dialogue_half_life)) as dialogue,
            sum(projector.faded(1, as_of - day * 86400.0, pace_fast_half_life)) filter (where touches > 0) as pace_fast,
            sum(projector.faded(1, as_of - day * 86400.0, pace_half_life)) filter (where touches > 0) as pace,
            sum(projector.faded(1, as_of - day * 86400.0, pace_slow_half_life)) filter (where touches > 0) as pace_slow,
            count(*) filter (where touches > 0) as touch_days
        from projector.days join latest using (relationship_id) cross join projector.model
        group by relationship_id
    )
    update projector.states set
        as_of = to_timestamp(latest.as_of),
        first_touch_at = to_timestamp(latest.first_touch),
        last_touch_at = to_timestamp(latest.last_touch),
        wake_at = changed_at,
        contact = coalesce(daily.contact, 0), dialogue = coalesce(daily.dialogue, 0),
        depth = coalesce(singles.depth, 0), accord = coalesce(singles.accord, 0), strain = coalesce(singles.strain, 0),
        pace_fast = coalesce(daily.pace_fast, 0), pace = coalesce(daily.pace, 0), pace_slow = coalesce(daily.pace_slow, 0),
        touch_days = coalesce(daily.touch_days, 0), evidence = coalesce(singles.evidence, 0)
    from projector.states as before
    left join latest using (relationship_id)
    left join singles using (relationship_id)
    left join daily using (relationship_id)
    where before.relationship_id = states.relationship_id
      and (relationships is null or states.relationship_id = any(relationships));

    select count(*) from projector.states
    where relationships is null or relationship_id = any(relationships);
end;
