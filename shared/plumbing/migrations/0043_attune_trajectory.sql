-- The score over time, past and forecast: up to now as it was, from now on as it will be if nothing happens.
create function attune.trajectory(
    initiative text, stakeholder text, "from" timestamptz, "to" timestamptz, step interval default '1 day'
)
returns table (
    moment timestamptz, score double precision, band text, contact double precision, dialogue double precision,
    depth double precision, accord double precision, strain double precision, forecast boolean
)
language sql stable parallel safe
security definer set search_path = pg_catalog  -- people who query see no more than this returns
begin atomic
    select
        moments.moment, reading.score, reading.band, reading.contact, reading.dialogue, reading.depth,
        reading.accord, reading.strain, moments.moment > now()
    from projector.in_force
    cross join roster.stakeholders
    join roster.people using (person_id)
    cross join generate_series("from", "to", step) as moments (moment)
    cross join lateral projector.folded(
        in_force.version, array[stakeholders.relationship_id], least(moments.moment, now()), null
    ) as states
    cross join lateral projector.read(states, moments.moment) as reading
    where stakeholders.initiative = trajectory.initiative and people.stakeholder = trajectory.stakeholder
    order by moments.moment;
end;
