-- The same as of any moment, folded from the log: what had happened by then, and, with `known_at`, only as far
-- as it had been recorded by that moment. Drift is forecast for the present: where the moment lies before the
-- last judgement, `drifts_at` and `reasons` stay empty.
create function attune.alignment_at(moment timestamptz, known_at timestamptz default null)
returns setof attune.alignment
language sql stable parallel safe
security definer set search_path = pg_catalog  -- people who query see no more than this returns
begin atomic
    select
        stakeholders.initiative,
        people.stakeholder,
        people.name,
        stakeholders.function,
        stakeholders.level,
        stakeholders.owner,
        reading.score,
        reading.band,
        reading.contact,
        reading.dialogue,
        reading.depth,
        reading.accord,
        reading.strain,
        projector.risk(states, moment, known_at),
        projector.trend(states, reading.score, moment, known_at),
        states.last_touch_at,
        projector.next_planned_at(stakeholders.relationship_id, moment, known_at),
        coalesce(
            stakeholders.cadence_days,
            (model.cadence_days ->> lower(stakeholders.role))::double precision
        ),
        watches.drifts_at,
        coalesce(watches.reasons, '{}') || reading.reasons,
        model.version
    from projector.model
    cross join lateral projector.folded(model.version, null, moment, known_at) as states
    join roster.stakeholders using (relationship_id)
    join roster.people using (person_id)
    left join alerts.watches on watches.relationship_id = states.relationship_id
        and watches.judged_at <= moment and (known_at is null or watches.judged_at <= known_at)
    cross join lateral projector.read(states, moment) as reading;
end;
