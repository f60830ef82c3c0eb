-- How each source speaks as of the moment, and its alert if one is open.
select
    health.source, health.last_event_at, health.usual_gap, health.stale_since,
    alerts.alert_id, alerts.reason, alerts.reasons, alerts.status, alerts.snoozed_until, alerts.assignee,
    settled.settled_at
from projector.source_health($1) as health
left join alerts.alerts on alerts.source = health.source and alerts.status <> 'resolved'
left join alerts.settled on settled.source = health.source
order by health.source
