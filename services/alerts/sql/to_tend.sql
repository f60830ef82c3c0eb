-- All that saying something about the given alerts needs.
select
    alerts.alert_id, alerts.relationship_id, alerts.status, alerts.severity, alerts.reason, alerts.reasons, alerts.score,
    alerts.drifts_at, alerts.summary, alerts.pending, alerts.assignee, alerts.snoozed_until, alerts.steps,
    about.initiative, about.stakeholder, about.name, about.owner, about.function, about.level, about.part, about.source,
    coalesce(stakeholders.importance, 1) as importance,
    states.last_touch_at,
    latest.source as last_source,
    by_hand.actor, by_hand.note
from alerts.alerts
join attune.alerts as about on about.id = alerts.alert_id
left join roster.stakeholders on stakeholders.relationship_id = alerts.relationship_id
left join projector.states on states.relationship_id = alerts.relationship_id
left join lateral (
    select log.source
    from roster.followed
    join projector.log on log.handle = followed.handle
    where followed.relationship_id = alerts.relationship_id and not log.planned and log.retracted_at is null
    order by log.occurred_at desc
    limit 1
) as latest on true
left join lateral (
    select history.actor, history.note
    from alerts.history
    where history.alert_id = alerts.alert_id and history.event = alerts.pending
    order by history.number desc
    limit 1
) as by_hand on true
where alerts.alert_id = any($1)
order by alerts.act_at
