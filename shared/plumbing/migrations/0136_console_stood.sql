-- How every relationship stands at a moment, as `console.standings` keeps it.
create function console.stood(moment timestamptz) returns setof console.standings
language sql stable
begin atomic
    select
        stakeholders.relationship_id,
        stakeholders.initiative,
        people.name,
        lower(concat_ws(' ', people.name, people.stakeholder, people.organisation)),
        stakeholders.function,
        stakeholders.level,
        stakeholders.role,
        stakeholders.owner,
        stakeholders.importance,
        stakeholders.desired_band,
        round(reading.score::numeric, 1)::double precision,
        reading.band,
        coalesce(watches.reasons, reading.reasons),
        watches.drifts_at,
        states.last_touch_at
    from roster.stakeholders
    join roster.people using (person_id)
    join projector.model_states as states on states.relationship_id = stakeholders.relationship_id
        and states.version = (select version from projector.in_force)
    left join alerts.watches on watches.relationship_id = stakeholders.relationship_id
    cross join lateral projector.read(states, moment) as reading;
end;
