-- The touch days of each initiative as a whole, from its relationships' states: decayed sums as of the midnight of its
-- last touch day, as risk takes them. Empty while the model in force does not ask for it, so that it costs nothing.
create view projector.initiative_paces as
select
    initiative,
    max(last_day)::integer as last_day,
    sum(projector.faded(pace_fast, initiative_last_day * 86400.0 - as_of, pace_fast_half_life)) as pace_fast,
    sum(projector.faded(pace, initiative_last_day * 86400.0 - as_of, pace_half_life)) as pace
from (
    select
        stakeholders.initiative,
        floor(projector.epoch(states.last_touch_at) / 86400) as last_day,
        max(floor(projector.epoch(states.last_touch_at) / 86400)) over (partition by stakeholders.initiative)
            as initiative_last_day,
        projector.epoch(states.as_of) as as_of,
        states.pace_fast, states.pace,
        model.pace_fast_half_life, model.pace_half_life
    from projector.model
    join projector.model_states as states using (version)
    join roster.stakeholders using (relationship_id)
    where states.last_touch_at is not null
      and (select risk_initiative_pace <> 0 or risk_initiative_trend <> 0 from projector.model)
) as touched
group by initiative;
