-- Adds further reasons to alerts that are open.
update alerts.alerts set reasons = alerts.reasons || t.reasons, score = t.score, summary = t.summary
from jsonb_to_recordset($1) as t (alert_id uuid, reasons jsonb, score double precision, summary text)
where alerts.alert_id = t.alert_id
