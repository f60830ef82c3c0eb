-- Notes what was said, and what is to be said next; a snooze that ended is open again.
update alerts.alerts set
    pending = t.pending,
    act_at = t.act_at,
    steps = t.step,
    told_number = (select coalesce(max(number), 0) from alerts.history where history.alert_id = alerts.alert_id),
    status = case when t.event = 'returned' then 'open' else alerts.status end,
    snoozed_until = case when t.event = 'returned' then null else alerts.snoozed_until end
from jsonb_to_recordset($1) as t (alert_id uuid, event text, step integer, pending text, act_at timestamptz)
where alerts.alert_id = t.alert_id
