-- The risk of one live state at a moment, for whoever asks about few: what it takes beside the state is looked up.
create function projector.risk(state projector.model_states, moment timestamptz)
returns double precision
language sql stable parallel safe
security definer set search_path = pg_catalog set plan_cache_mode = force_generic_plan  -- planning takes ten times as long as running
return (
    select silence.risk
    from roster.stakeholders
    left join projector.initiative_paces using (initiative)
    cross join lateral (
        select coalesce(max(gap), 0) as longest_gap
        from (
            select days.day - lag(days.day) over (order by days.day) as gap
            from projector.model_days as days
            where days.version = (state).version and days.relationship_id = (state).relationship_id and days.touches > 0
        ) as gaps
    ) as longest
    cross join lateral projector.risk_read(
        state, longest_gap, initiative_paces.last_day, initiative_paces.pace_fast, initiative_paces.pace, moment
    ) as silence
    where stakeholders.relationship_id = (state).relationship_id
);
