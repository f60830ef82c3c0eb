-- The physical work of a rebuild and no more: every touchpoint's dose, decayed and summed per relationship.
create temporary table bare as
select
    followed.relationship_id,
    count(*) as touchpoints,
    max(log.occurred_at) as last_touch_at,
    sum(dose * weights.contact * exp(0.6931471805599453 * (occurred - 1767225600) / contact_half_life)) as contact,
    sum(dose * weights.dialogue * exp(0.6931471805599453 * (occurred - 1767225600) / dialogue_half_life)) as dialogue,
    sum(dose * weights.depth * exp(0.6931471805599453 * (occurred - 1767225600) / depth_half_life)) as depth,
    sum(dose * weights.accord * exp(0.6931471805599453 * (occurred - 1767225600) / accord_half_life)) as accord,
    sum(dose * weights.strain * exp(0.6931471805599453 * (occurred - 1767225600) / strain_half_life)) as strain,
    sum(exp(0.6931471805599453 * (occurred - 1767225600) / pace_fast_half_life)) as pace_fast,
    sum(exp(0.6931471805599453 * (occurred - 1767225600) / pace_half_life)) as pace,
    sum(exp(0.6931471805599453 * (occurred - 1767225600) / pace_slow_half_life)) as pace_slow
from projector.log
join projector.numbers on numbers.version = (select version from projector.in_force)
join projector.model_weights as weights on weights.version = numbers.version and weights.form = log.form
join roster.followed on followed.handle = log.handle
cross join lateral (
    select
        projector.epoch(log.occurred_at) as occurred,
        projector.dose(
            log.minutes, weights.full_minutes, weights.usual_minutes, log.breadth, numbers.breadth_exponent, log.intensity
        ) as dose
) as counted
where log.retracted_at is null and not log.planned
group by followed.relationship_id
