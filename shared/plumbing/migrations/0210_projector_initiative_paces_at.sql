-- How busy an initiative was as of any moment: `projector.initiative_paces`, folded from the log.
create function projector.initiative_paces_at(which text, moment timestamptz, known_at timestamptz)
returns table (last_day integer, pace_fast double precision, pace double precision)
language sql stable parallel safe
security definer set search_path = pg_catalog  -- readers reach it through attune.alignment_at only
begin atomic
    with touched as (
        select distinct relationship_id, day
        from roster.stakeholders
        join projector.contributions using (relationship_id)
        where stakeholders.initiative = which
          and version = (select version from projector.in_force)
          and is_touch
          and occurred_at <= moment
          and (known_at is null and retracted_at is null
               or recorded_at <= known_at and (retracted_at is null or retracted_at > known_at))
    )
    select
        latest.last_day,
        sum(projector.faded(1, (latest.last_day - day) * 86400.0, pace_fast_half_life)),
        sum(projector.faded(1, (latest.last_day - day) * 86400.0, pace_half_life))
    from touched
    cross join (select max(day) as last_day from touched) as latest
    cross join projector.model
    group by latest.last_day;
end;
