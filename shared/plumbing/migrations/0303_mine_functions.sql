-- The functions of `attune` over the views of this schema: they run as whoever asks, so those know who that is.
create function mine.drifting(within interval)
returns setof mine.drifts
language sql stable parallel safe
begin atomic
    select * from mine.drifts where drifts_at <= now() + within order by drifts_at;
end;

create function mine.explain(initiative text, stakeholder text, moment timestamptz default now())
returns table (
    id text, source text, occurred_at timestamptz, kind text, direction text, dose double precision,
    contact double precision, dialogue double precision, depth double precision, accord double precision,
    strain double precision
)
language sql stable parallel safe
begin atomic
    select told.*
    from mine.alignment as ours
    cross join lateral attune.explain(ours.initiative, ours.stakeholder, moment) as told
    where ours.initiative = explain.initiative and ours.stakeholder = explain.stakeholder;
end;

create function mine.trajectory(
    initiative text, stakeholder text, "from" timestamptz, "to" timestamptz, step interval default '1 day'
)
returns table (
    moment timestamptz, score double precision, band text, contact double precision, dialogue double precision,
    depth double precision, accord double precision, strain double precision, forecast boolean
)
language sql stable parallel safe
begin atomic
    select told.*
    from mine.alignment as ours
    cross join lateral attune.trajectory(ours.initiative, ours.stakeholder, "from", "to", step) as told
    where ours.initiative = trajectory.initiative and ours.stakeholder = trajectory.stakeholder;
end;

-- As attune.alignment_at, which reads attune.alignment as whoever asks and so is not theirs to call.
create function mine.alignment_at(moment timestamptz, known_at timestamptz default null)
returns setof mine.alignment
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
        from mine.initiatives
        left join lateral projector.initiative_paces_at(initiative, moment, known_at) as paces on true
    ) as initiatives
    join mine.alignment as present using (initiative)
    cross join lateral projector.standing_at(
        present.initiative, present.stakeholder, moment, known_at,
        initiatives.last_day, initiatives.pace_fast, initiatives.pace
    ) as standing;
end;
