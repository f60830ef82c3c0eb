-- The log without handles. `initiative` is null where a touchpoint feeds every initiative of the person.
create view attune.touchpoints as
select
    log.event_id as id,
    log.source,
    log.occurred_at,
    log.recorded_at,
    forms.kind,
    forms.direction,
    projector.dose(
        log.minutes, weights.full_minutes, weights.usual_minutes,
        log.breadth, model.breadth_exponent, log.intensity
    ) as dose,
    log.initiative,
    people.stakeholder,
    log.retracted_at is not null as retracted,
    log.planned
from projector.log
join projector.forms using (form)
join projector.weights using (form)
cross join projector.model
left join roster.addresses using (handle)
left join roster.people using (person_id);
