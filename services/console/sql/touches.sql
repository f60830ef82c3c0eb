-- What each touchpoint of one relationship was, the latest first; planned and retracted ones included.
select
    log.event_key,
    log.ordinal,
    log.event_id as id,
    log.source,
    log.occurred_at,
    log.recorded_at,
    log.retracted_at,
    forms.kind,
    forms.direction,
    forms.quality,
    log.minutes,
    log.breadth,
    log.intensity,
    log.planned,
    log.details
from roster.followed
join projector.log on log.handle = followed.handle
    and (log.initiative is null or log.initiative = followed.initiative)
join projector.forms using (form)
where followed.relationship_id = $1
order by log.occurred_at desc, log.event_key, log.ordinal
