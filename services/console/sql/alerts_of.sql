-- The alerts of one relationship, the latest first.
select alert_id as id, reason, reasons, status, severity, score, opened_at, resolved_at, snoozed_until, summary, assignee
from alerts.alerts
where relationship_id = $1
order by opened_at desc
limit 50
