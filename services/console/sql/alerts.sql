-- Alerts of these states, the most urgent first, after a place in that order.
select
    alerts.alert_id as id,
    alerts.relationship_id,
    about.initiative,
    coalesce(about.name, about.initiative) as name,
    about.stakeholder,
    about.function,
    about.level,
    about.part,
    about.source,
    about.owner,
    about.assignee,
    about.reason,
    about.reasons,
    about.status,
    about.severity,
    about.score,
    about.opened_at,
    about.acknowledged_at,
    about.snoozed_until,
    about.resolved_at,
    about.drifts_at,
    about.summary
from alerts.alerts
join attune.alerts as about on about.id = alerts.alert_id
where alerts.status = any($2)
  and ($1::text[] is null or about.initiative = any($1))
  and ($3::text is null or about.initiative = $3)
  and ($8::text is null or lower(concat_ws(' ', about.name, about.stakeholder, about.initiative)) like $8)
  and ($4::boolean is null or (alerts.severity = 'alert', alerts.opened_at, alerts.alert_id) < ($4, $5::timestamptz, $6::uuid))
order by (alerts.severity = 'alert') desc, alerts.opened_at desc, alerts.alert_id desc
limit $7
