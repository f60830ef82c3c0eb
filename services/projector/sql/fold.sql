-- Logs touchpoints once and folds the fresh ones into days and states, in one statement.
-- $1 is the era's start, in seconds since 1970: one reference moment keeps the fold a plain sum.
with arrived as (
    -- What never is null comes as one value where it is the same for all, and unnest fills up with nulls.
    select
        event_key, coalesce(ordinal, ($3::smallint[])[1]) as ordinal, handle, by_handle,
        coalesce(source, ($6::text[])[1]) as source, coalesce(event_source, ($7::text[])[1]) as event_source, event_id, content,
        form, occurred, minutes, coalesce(breadth, ($13::integer[])[1]) as breadth, intensity,
        coalesce(planned, ($15::boolean[])[1]) as planned, initiative, details
    from unnest(
        $2::uuid[], $3::smallint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::bigint[],
        $10::smallint[], $11::double precision[], $12::double precision[], $13::integer[], $14::double precision[], $15::boolean[],
        $16::text[], $17::text[]
    ) as t (
        event_key, ordinal, handle, by_handle, source, event_source, event_id, content,
        form, occurred, minutes, breadth, intensity, planned, initiative, details
    )
),
-- The first person of an event stands for it: who wins this insert brings in the others.
heads as (
    insert into projector.log (
        event_key, ordinal, handle, by_handle, source, event_source, event_id, content, occurred_at,
        recorded_at, form, minutes, breadth, intensity, planned, initiative, details, retracted_at
    )
    select event_key, ordinal, handle, by_handle, source, event_source, event_id, content, to_timestamp(occurred),
        statement_timestamp(), form, minutes, breadth, intensity, planned, initiative, details::jsonb,
        case when exists (select from projector.retractions where retractions.event_key = arrived.event_key)
             then statement_timestamp() end
    from arrived
    where ordinal = 0
    order by event_key  -- replicas that meet on a key wait for one another in the same order
    on conflict do nothing
    returning event_key, ordinal, handle, occurred_at, form, minutes, breadth, intensity, initiative, retracted_at,
        not planned and retracted_at is null as counts
),
tails as (
    insert into projector.log (
        event_key, ordinal, handle, by_handle, source, event_source, event_id, content, occurred_at,
        recorded_at, form, minutes, breadth, intensity, planned, initiative, details, retracted_at
    )
    select event_key, arrived.ordinal, arrived.handle, by_handle, source, event_source, event_id, content, to_timestamp(occurred),
        statement_timestamp(), arrived.form, arrived.minutes, arrived.breadth, arrived.intensity, arrived.planned,
        arrived.initiative, details::jsonb, heads.retracted_at
    from arrived
    join heads using (event_key)
    where arrived.ordinal > 0
    returning event_key, ordinal, handle, occurred_at, form, minutes, breadth, intensity, initiative, retracted_at,
        not planned and retracted_at is null as counts
),
fresh as (
    select * from heads
    union all
    select * from tails
),
-- The models in use: the one in force, and a candidate while one is built. Rates are per second.
model as materialized (
    select
        version, form, is_touch, full_minutes, usual_minutes, breadth_exponent, broad_from,
        weights.contact, weights.dialogue, weights.depth, weights.accord, weights.strain,
        ln(2) / contact_half_life as contact_rate,
        ln(2) / dialogue_half_life as dialogue_rate,
        ln(2) / depth_half_life as depth_rate,
        ln(2) / accord_half_life as accord_rate,
        ln(2) / strain_half_life as strain_rate
    from projector.numbers
    join projector.model_weights as weights using (version)
),
-- Whom each handle stands for, looked up once however often it comes.
whose as materialized (
    select handles.handle, followed.relationship_id, followed.initiative
    from (select distinct handle from fresh where counts) as handles
    cross join lateral (select person_id from roster.addresses where addresses.handle = handles.handle offset 0) as person
    cross join lateral (
        select relationship_id, initiative from roster.stakeholders where stakeholders.person_id = person.person_id offset 0
    ) as followed
),
touched as materialized (
    select fresh.event_key, fresh.ordinal, whose.relationship_id, fresh.form, projector.epoch(fresh.occurred_at) as occurred,
        fresh.minutes, fresh.breadth, fresh.intensity
    from fresh
    join whose on whose.handle = fresh.handle and (fresh.initiative is null or fresh.initiative = whose.initiative)
    where fresh.counts
),
-- How much it counts.
dosed as materialized (
    select
        touched.relationship_id,
        model.version,
        model.form,
        touched.occurred,
        floor(touched.occurred / 86400)::integer as day,
        model.is_touch and touched.breadth < model.broad_from as is_touch,
        projector.dose(
            touched.minutes, model.full_minutes, model.usual_minutes, touched.breadth, model.breadth_exponent, touched.intensity
        ) as dose
    from touched
    join model on model.form = touched.form
    -- An event counts once for a relationship, by however many of the person's addresses it came.
    where not exists (
        select
        from touched as earlier
        where earlier.event_key = touched.event_key and earlier.relationship_id = touched.relationship_id
            and earlier.ordinal < touched.ordinal
    )
),
-- What is new on each day of each relationship: contact and dialogue as of its midnight, the others as of the era.
daily as materialized (
    select
        version,
        relationship_id,
        day,
        count(*) filter (where dosed.is_touch)::integer as touches,
        min(occurred) filter (where dosed.is_touch) as first_touch,
        max(occurred) filter (where dosed.is_touch) as last_touch,
        sum(dose * contact * exp(contact_rate * (occurred - day * 86400.0))) as contact,
        sum(dose * dialogue * exp(dialogue_rate * (occurred - day * 86400.0))) as dialogue,
        sum(case when depth > 0 then dose * depth * exp(depth_rate * (occurred - $1)) else 0 end) as depth,
        sum(case when accord > 0 then dose * accord * exp(accord_rate * (occurred - $1)) else 0 end) as accord,
        sum(case when strain > 0 then dose * strain * exp(strain_rate * (occurred - $1)) else 0 end) as strain,
        sum(dose * (contact + accord + strain)) as evidence
    from dosed
    join model using (version, form)
    group by version, relationship_id, day
    order by version, relationship_id, day
),
days as (
    insert into projector.model_days as d (version, relationship_id, day, touches, contact, dialogue)
    select version, relationship_id, day, touches, contact, dialogue
    from daily
    order by version, relationship_id, day
    on conflict (version, relationship_id, day) do update set
        touches = d.touches + excluded.touches,
        contact = d.contact + excluded.contact,
        dialogue = d.dialogue + excluded.dialogue
    returning
        version,
        relationship_id,
        day,
        (new.touches > 0 and coalesce(old.touches, 0) = 0)::integer as new_day,
        new.contact as contact, coalesce(old.contact, 0) as contact_before,
        new.dialogue as dialogue, coalesce(old.dialogue, 0) as dialogue_before
),
-- What that brings to the states, as of the era.
brought as (
    select
        version, relationship_id, first_touch, last_touch, 0::double precision as contact,
        0::double precision as dialogue, depth, accord, strain,
        0::double precision as pace_fast, 0::double precision as pace, 0::double precision as pace_slow, 0 as touch_days, evidence
    from daily
    union all
    select
        version, relationship_id, null, null,
        (least(contact, day_most) - least(contact_before, day_most)) * exp(ln(2) / contact_half_life * (day * 86400.0 - $1)),
        (least(dialogue, day_most) - least(dialogue_before, day_most)) * exp(ln(2) / dialogue_half_life * (day * 86400.0 - $1)),
        0, 0, 0,
        case new_day when 1 then exp(ln(2) / pace_fast_half_life * (day * 86400.0 - $1)) else 0 end,
        case new_day when 1 then exp(ln(2) / pace_half_life * (day * 86400.0 - $1)) else 0 end,
        case new_day when 1 then exp(ln(2) / pace_slow_half_life * (day * 86400.0 - $1)) else 0 end,
        new_day,
        0
    from days
    join projector.numbers using (version)
),
folded as (
    insert into projector.model_states as s (
        version, relationship_id, as_of, first_touch_at, last_touch_at, wake_at, contact, dialogue, depth, accord, strain,
        pace_fast, pace, pace_slow, touch_days, evidence
    )
    select
        version, relationship_id, to_timestamp($1), to_timestamp(min(first_touch)), to_timestamp(max(last_touch)),
        statement_timestamp(), sum(contact), sum(dialogue), sum(depth), sum(accord), sum(strain), sum(pace_fast), sum(pace),
        sum(pace_slow), sum(touch_days), sum(evidence)
    from brought
    group by version, relationship_id
    order by version, relationship_id
    on conflict (version, relationship_id) do update set
        as_of = greatest(s.as_of, excluded.as_of),
        first_touch_at = least(s.first_touch_at, excluded.first_touch_at),
        last_touch_at = greatest(s.last_touch_at, excluded.last_touch_at),
        wake_at = least(s.wake_at, excluded.wake_at),
        contact = case when s.as_of = excluded.as_of then s.contact + excluded.contact else projector.together(
            s.contact, s.as_of, excluded.contact, excluded.as_of, (select contact_half_life from projector.numbers where numbers.version = s.version)) end,
        dialogue = case when s.as_of = excluded.as_of then s.dialogue + excluded.dialogue else projector.together(
            s.dialogue, s.as_of, excluded.dialogue, excluded.as_of, (select dialogue_half_life from projector.numbers where numbers.version = s.version)) end,
        depth = case when s.as_of = excluded.as_of then s.depth + excluded.depth else projector.together(
            s.depth, s.as_of, excluded.depth, excluded.as_of, (select depth_half_life from projector.numbers where numbers.version = s.version)) end,
        accord = case when s.as_of = excluded.as_of then s.accord + excluded.accord else projector.together(
            s.accord, s.as_of, excluded.accord, excluded.as_of, (select accord_half_life from projector.numbers where numbers.version = s.version)) end,
        strain = case when s.as_of = excluded.as_of then s.strain + excluded.strain else projector.together(
            s.strain, s.as_of, excluded.strain, excluded.as_of, (select strain_half_life from projector.numbers where numbers.version = s.version)) end,
        pace_fast = case when s.as_of = excluded.as_of then s.pace_fast + excluded.pace_fast else projector.together(
            s.pace_fast, s.as_of, excluded.pace_fast, excluded.as_of, (select pace_fast_half_life from projector.numbers where numbers.version = s.version)) end,
        pace = case when s.as_of = excluded.as_of then s.pace + excluded.pace else projector.together(
            s.pace, s.as_of, excluded.pace, excluded.as_of, (select pace_half_life from projector.numbers where numbers.version = s.version)) end,
        pace_slow = case when s.as_of = excluded.as_of then s.pace_slow + excluded.pace_slow else projector.together(
            s.pace_slow, s.as_of, excluded.pace_slow, excluded.as_of, (select pace_slow_half_life from projector.numbers where numbers.version = s.version)) end,
        touch_days = s.touch_days + excluded.touch_days,
        evidence = s.evidence + excluded.evidence
    returning relationship_id
)
select
    (select count(*) from heads) as events,
    (select count(*) from fresh) as touchpoints,
    (select count(*) from folded) as relationships
