-- Every touchpoint that counts, for every relationship it feeds, under every model in use: its dose on each
-- channel, undecayed.
create view projector.contributions as
select
    numbers.version,
    followed.relationship_id,
    log.event_key,
    log.ordinal,
    log.occurred_at,
    projector.epoch(log.occurred_at) as occurred,
    floor(projector.epoch(log.occurred_at) / 86400)::integer as day,
    weights.is_touch and log.breadth < numbers.broad_from as is_touch,
    dosed.dose * weights.contact as contact,
    dosed.dose * weights.dialogue as dialogue,
    dosed.dose * weights.depth as depth,
    dosed.dose * weights.accord as accord,
    dosed.dose * weights.strain as strain,
    log.recorded_at,
    log.retracted_at
from projector.numbers
cross join projector.log
join projector.model_weights as weights using (version, form)
join roster.followed on followed.handle = log.handle
    and (log.initiative is null or log.initiative = followed.initiative)
cross join lateral (
    select projector.dose(
        log.minutes, weights.full_minutes, weights.usual_minutes,
        log.breadth, numbers.breadth_exponent, log.intensity
    ) as dose
) as dosed
where not log.planned
  -- An event counts once for a relationship, by however many of the person's addresses it came.
  and (log.ordinal = 0 or not exists (
      select
      from projector.log as earlier
      join roster.followed as same on same.handle = earlier.handle
      where earlier.event_key = log.event_key and earlier.ordinal < log.ordinal
        and same.relationship_id = followed.relationship_id
  ));
