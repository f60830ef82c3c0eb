-- Locks messages that were held back until now, the most valuable first, with what deciding about them needs; replicas
-- get others.
with taken as materialized (
    select
        deliveries.delivery_id, deliveries.event, deliveries.channel, deliveries.recipient,
        alerts.alert_id, alerts.relationship_id, alerts.severity, alerts.status, alerts.snoozed_until,
        coalesce(stakeholders.importance, 1) as importance,
        coalesce(stakeholders.importance, 1) * (100 - coalesce(alerts.score, 50)) as at_stake,
        deliveries.number
    from alerts.deliveries
    join alerts.alerts using (alert_id)
    left join roster.stakeholders using (relationship_id)
    where deliveries.held_for is not null and deliveries.next_attempt_at <= $1
    order by alerts.severity, at_stake desc, deliveries.number
    limit $2
    for update of deliveries skip locked
)
select
    taken.*,
    about.initiative, about.stakeholder, about.name, about.owner, about.function, about.level, about.part, about.source,
    latest.source as last_source
from taken
join attune.alerts as about on about.id = taken.alert_id
left join lateral (
    select log.source
    from roster.followed
    join projector.log on log.handle = followed.handle
    where followed.relationship_id = taken.relationship_id and not log.planned and log.retracted_at is null
    order by log.occurred_at desc
    limit 1
) as latest on true
order by taken.severity, taken.at_stake desc, taken.number
