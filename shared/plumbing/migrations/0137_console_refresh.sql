-- Bring `console.standings` up to a moment; returns how many rows changed. Only what changed is written.
create function console.refresh(moment timestamptz) returns bigint
language sql volatile
begin atomic
    with stood as materialized (
        select * from console.stood(moment)
    ), written as (
        insert into console.standings
        select stood.*
        from stood
        left join console.standings as known using (relationship_id)
        where known is distinct from stood
        on conflict (relationship_id) do update set (
            initiative, name, search, function, level, role, owner, importance, desired_band,
            score, band, reasons, drifts_at, last_touch_at
        ) = row (
            excluded.initiative, excluded.name, excluded.search, excluded.function, excluded.level, excluded.role,
            excluded.owner, excluded.importance, excluded.desired_band,
            excluded.score, excluded.band, excluded.reasons, excluded.drifts_at, excluded.last_touch_at
        )
        returning 1
    )
    select count(*) from written;
end;
