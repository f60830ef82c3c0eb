-- How much the score rose (or fell) over the 30 days before the moment; null where it was unknown then.
create function projector.trend(
    state projector.model_states, score double precision, moment timestamptz, known_at timestamptz
) returns double precision
language sql stable parallel safe
-- One plan for all rows: planning takes ten times as long as running it.
security definer set search_path = pg_catalog set plan_cache_mode = force_generic_plan  -- people who query see no more than this returns
return score - (
    select reading.score
    from projector.folded((state).version, array[(state).relationship_id], moment - interval '30 days', known_at) as earlier
    cross join lateral projector.read(earlier, moment - interval '30 days') as reading
);
