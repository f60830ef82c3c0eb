-- Alerts of these states, the most urgent first, after a place in that order. The columns are those of `attune.alerts`.
-- Among which, the listing puts in: the table itself, whose order an index knows, or those that are found (alerts_found).
select
    alerts.alert_id as id,
    alerts.relationship_id,
    coalesce(stakeholders.initiative, alerts.initiative) as initiative,
    coalesce(people.name, alerts.part, alerts.source, alerts.initiative) as name,
    people.stakeholder,
    coalesce(stakeholders.function, substring(alerts.part from '^function (.*)$')) as function,
    coalesce(stakeholders.level, substring(alerts.part from '^level (.*)$')) as level,
    alerts.part,
    alerts.source,
    stakeholders.owner,
    alerts.assignee,
    alerts.reason,
    alerts.reasons,
    alerts.status,
    alerts.severity,
    alerts.score,
    alerts.opened_at,
    alerts.acknowledged_at,
    alerts.snoozed_until,
    alerts.resolved_at,
    alerts.drifts_at,
    alerts.summary,
    alerts.is_late
from :among as alerts
left join roster.stakeholders using (relationship_id)
left join roster.people using (person_id)
where alerts.status = any($2)
  and ($1::text[] is null or coalesce(stakeholders.initiative, alerts.initiative) = any($1))
  and ($3::text is null or coalesce(stakeholders.initiative, alerts.initiative) = $3)
  and ($4::boolean is null or (alerts.severity = 'alert', alerts.opened_at, alerts.alert_id) < ($4, $5::timestamptz, $6::uuid))
order by (alerts.severity = 'alert') desc, alerts.opened_at desc, alerts.alert_id desc
limit $7
