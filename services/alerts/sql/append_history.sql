insert into alerts.history (alert_id, event, actor, happened_at, cause, note)
select alert_id, event, 'attune', happened_at, reasons, note
from jsonb_to_recordset($1) as t (alert_id uuid, event text, happened_at timestamptz, reasons jsonb, note text)
