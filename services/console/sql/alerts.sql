-- Alerts that ask for something, the most urgent first.
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
  and ($4::timestamptz is null or (alerts.opened_at, alerts.alert_id) < ($4, $5::uuid))
order by alerts.opened_at desc, alerts.alert_id desc
limit $6
