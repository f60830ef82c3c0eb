-- Locks messages that were held back until now, the most valuable first, with what deciding about them needs; replicas
-- get others.
select
    deliveries.delivery_id, deliveries.event, deliveries.channel, deliveries.recipient,
    alerts.alert_id, alerts.relationship_id, alerts.severity, alerts.status, alerts.snoozed_until,
    about.initiative, about.stakeholder, about.name, about.owner, about.function, about.level, about.part, about.source,
    coalesce(stakeholders.importance, 1) as importance,
    latest.source as last_source
from alerts.deliveries
join alerts.alerts using (alert_id)
join attune.alerts as about on about.id = alerts.alert_id
left join roster.stakeholders on stakeholders.relationship_id = alerts.relationship_id
left join lateral (
    select log.source
    from roster.followed
    join projector.log on log.handle = followed.handle
    where followed.relationship_id = alerts.relationship_id and not log.planned and log.retracted_at is null
    order by log.occurred_at desc
    limit 1
) as latest on true
where deliveries.held_for is not null and deliveries.next_attempt_at <= $1
order by alerts.severity, coalesce(stakeholders.importance, 1) * (100 - coalesce(alerts.score, 50)) desc, deliveries.number
limit $2
for update of deliveries skip locked
