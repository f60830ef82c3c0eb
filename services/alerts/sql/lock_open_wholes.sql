-- Locks the open alerts of an initiative's parts, or of all sources where null.
select from alerts.alerts
where initiative is not distinct from $1 and relationship_id is null and status <> 'resolved'
order by alert_id
for no key update
