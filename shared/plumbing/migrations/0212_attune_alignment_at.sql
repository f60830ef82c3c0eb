-- The same as of any moment, folded from the log: what had happened by then, and, with `known_at`, only as far
-- as it had been recorded by that moment. Drift is forecast for the present: where the moment lies before the
-- last judgement, `drifts_at` stays empty and `reasons` are those that the reading shows.
-- It runs as whoever asks, so that Postgres merges it into the query and folds nobody who is not asked for.
create function attune.alignment_at(moment timestamptz, known_at timestamptz default null)
returns setof attune.alignment
language sql stable parallel safe
begin atomic
    select
        present.initiative,
        present.stakeholder,
        present.name,
        present.function,
        present.level,
        present.owner,
        standing.score,
        standing.band,
        standing.contact,
        standing.dialogue,
        standing.depth,
        standing.accord,
        standing.strain,
        standing.risk,
        standing.trend,
        standing.last_touch_at,
        standing.next_planned_at,
        present.cadence_days,
        standing.drifts_at,
        standing.reasons,
        present.model
    from (
        select initiative, paces.last_day, paces.pace_fast, paces.pace
        from (select distinct initiative from attune.alignment) as initiatives
        left join lateral projector.initiative_paces_at(initiative, moment, known_at) as paces on true
    ) as initiatives
    join attune.alignment as present using (initiative)
    cross join lateral projector.standing_at(
        present.initiative, present.stakeholder, moment, known_at,
        initiatives.last_day, initiatives.pace_fast, initiatives.pace
    ) as standing;
end;
