-- One alert with what it is about.
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
    about.summary,
    alerts.is_late
from alerts.alerts
join attune.alerts as about on about.id = alerts.alert_id
where alerts.alert_id = $1
