-- What became of these alerts, in order.
select history.number, history.alert_id, history.event, history.actor, history.happened_at, history.cause, history.note
from alerts.history
where history.alert_id = any($1)
order by history.number
