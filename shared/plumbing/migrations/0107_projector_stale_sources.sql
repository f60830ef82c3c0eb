-- The sources that are silent, as of a moment, for far longer than they usually are, and since when that is too long.
create function projector.stale_sources(moment timestamptz)
returns table (source text, last_event_at timestamptz, usual_gap interval, stale_since timestamptz)
language sql stable parallel safe
security definer set search_path = pg_catalog  -- people who query see no more than this returns
begin atomic
    select health.source, health.last_event_at, health.usual_gap, health.stale_since
    from projector.source_health(moment) as health
    where health.stale_since is not null;
end;
