-- Ends alerts whose reasons no longer hold; returns those that had not ended yet.
update alerts.alerts
set status = 'resolved', resolved_at = t.happened_at, score = t.score, summary = t.summary,
    act_at = null, pending = null, snoozed_until = null
from jsonb_to_recordset($1) as t (alert_id uuid, happened_at timestamptz, score double precision, summary text)
where alerts.alert_id = t.alert_id and status <> 'resolved'
returning alerts.alert_id
