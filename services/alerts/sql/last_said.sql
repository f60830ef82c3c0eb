-- Who brought about the last of each kind of event of alerts, and what they said.
select distinct on (alert_id, event) alert_id, event, actor, note
from alerts.history
where alert_id = any($1) and event = any($2)
order by alert_id, event, number desc
