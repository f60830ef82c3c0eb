-- Who will cross a line within the interval if nothing else happens (or has crossed it already: a moment
-- in the past), soonest first.
create function attune.drifting(within interval)
returns table (
    initiative text, stakeholder text, name text, owner text, score double precision, band text,
    drifts_at timestamptz, reason text
)
language sql stable parallel safe
begin atomic
    select stakeholders.initiative, people.stakeholder, people.name, stakeholders.owner,
           reading.score, reading.band, watches.drifts_at, watches.drift_reason
    from alerts.watches
    join projector.states using (relationship_id)
    join roster.stakeholders using (relationship_id)
    join roster.people using (person_id)
    cross join lateral projector.read(states, now()) as reading
    where watches.drifts_at <= now() + within
    order by watches.drifts_at;
end;
