-- Notes what is to be said instead of what was due, and when.
update alerts.alerts set pending = t.pending, act_at = t.act_at
from jsonb_to_recordset($1) as t (alert_id uuid, pending text, act_at timestamptz)
where alerts.alert_id = t.alert_id
