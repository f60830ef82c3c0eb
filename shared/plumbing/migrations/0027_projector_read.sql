-- The reading of one state at a moment, by its own model: channels as shares of 100, the score and its band.
-- shared/alignment/reading.py is the same arithmetic; a property test holds the two equal.
create function projector.read(state projector.model_states, moment timestamptz)
returns table (
    score double precision, band text, contact double precision, dialogue double precision,
    depth double precision, accord double precision, strain double precision
)
language sql stable parallel safe
begin atomic
    select
        case when known then points end,
        case
            when not known then 'unknown'
            when points >= aligned_min then 'aligned'
            when points >= cooling_min then 'cooling'
            else 'misaligned'
        end,
        100 * contact_share, 100 * dialogue_share, 100 * depth_share, 100 * accord_share, 100 * strain_share
    from (
        select *,
            100 * (1 - (1 - contact_most * contact_share) * (1 - dialogue_most * dialogue_share)
                     * (1 - depth_most * depth_share) * (1 - accord_most * accord_share))
                * exp(-least(strain_now / (strain_full * (1 + cushion * depth_share)), 700)) as points
        from (
            select m.*,
                projector.saturated(projector.faded((state).contact, elapsed, m.contact_half_life), m.contact_full) as contact_share,
                projector.saturated(projector.faded((state).dialogue, elapsed, m.dialogue_half_life), m.dialogue_full) as dialogue_share,
                projector.saturated(projector.faded((state).depth, elapsed, m.depth_half_life), m.depth_full) as depth_share,
                projector.saturated(projector.faded((state).accord, elapsed, m.accord_half_life), m.accord_full) as accord_share,
                projector.saturated(projector.faded((state).strain, elapsed, m.strain_half_life), m.strain_full) as strain_share,
                projector.faded((state).strain, elapsed, m.strain_half_life) as strain_now,
                (state).touch_days >= m.touch_days_min or (state).evidence >= m.evidence_min as known
            from projector.numbers as m
            cross join (select projector.epoch(moment) - projector.epoch((state).as_of) as elapsed) as since
            where m.version = (state).version
        ) as shares
    ) as scored;
end;
