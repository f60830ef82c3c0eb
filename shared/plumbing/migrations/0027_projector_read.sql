-- The reading of one state at a moment, by its own model: channels as shares of 100, the score and its band.
-- shared/alignment/reading.py is the same arithmetic; a property test holds the two equal.
create function projector.read(state projector.model_states, moment timestamptz)
returns table (
    score double precision, band text, contact double precision, dialogue double precision,
    depth double precision, accord double precision, strain double precision,
    reasons text[]  -- those that show in the reading itself, whenever it is read
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
        100 * contact_share, 100 * dialogue_share, 100 * depth_share, 100 * accord_share, 100 * strain_share,
        array_remove(array[
            case when is_new then 'never_met' end,
            case when known and 100 * contact_share >= shallow_contact_min
                  and 100 * depth_share < shallow_depth_max then 'shallow' end,
            case when known and 100 * contact_share >= one_sided_contact_min
                  and 100 * dialogue_share < one_sided_dialogue_max then 'one_sided' end,
            case when known and loss >= shaken_loss_min then 'shaken' end
        ], null)
    from (
        select *, fed * (1 - loss) as points
        from (
            select *,
                100 * (1 - (1 - contact_most * contact_share) * (1 - dialogue_most * dialogue_share)
                         * (1 - depth_most * depth_share) * (1 - accord_most * accord_share)) as fed,
                1 - exp(-least(strain_now / (strain_full * (1 + cushion * depth_share)), 700)) as loss
            from (
                select
                    numbers.*,
                    projector.saturated(now.contact, contact_full) as contact_share,
                    projector.saturated(now.dialogue, dialogue_full) as dialogue_share,
                    projector.saturated(now.depth, depth_full) as depth_share,
                    projector.saturated(now.accord, accord_full) as accord_share,
                    projector.saturated(now.strain, strain_full) as strain_share,
                    now.strain as strain_now,
                    (state).as_of is null as is_new,
                    (state).touch_days >= touch_days_min or (state).evidence >= evidence_min as known
                from projector.numbers
                cross join (select projector.epoch(moment) - projector.epoch((state).as_of) as elapsed) as since
                cross join lateral (
                    select
                        projector.faded((state).contact, elapsed, contact_half_life) as contact,
                        projector.faded((state).dialogue, elapsed, dialogue_half_life) as dialogue,
                        projector.faded((state).depth, elapsed, depth_half_life) as depth,
                        projector.faded((state).accord, elapsed, accord_half_life) as accord,
                        projector.faded((state).strain, elapsed, strain_half_life) as strain
                ) as now
                where numbers.version = (state).version
            ) as shares
        ) as weighed
    ) as scored;
end;
