-- How every relationship stands right now.
create view attune.alignment as
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
    null::double precision as risk,
    null::double precision as trend,
    states.last_touch_at,
    (
        select min(log.occurred_at)
        from roster.addresses
        join projector.log using (handle)
        where addresses.person_id = stakeholders.person_id and log.planned and log.retracted_at is null
          and log.occurred_at > now()
          and (log.initiative is null or log.initiative = stakeholders.initiative)
    ) as next_planned_at,
    coalesce(stakeholders.cadence_days, (model.cadence_days ->> lower(stakeholders.role))::double precision) as cadence_days,
    watches.drifts_at,
    coalesce(watches.reasons, '{}') as reasons,
    model.version as model
from roster.stakeholders
join roster.people using (person_id)
join projector.states using (relationship_id)
left join alerts.watches using (relationship_id)
cross join projector.model
cross join lateral projector.read(states, now()) as reading;
