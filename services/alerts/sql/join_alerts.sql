-- Adds further reasons to alerts that are open; one that was only foreseen gives way to the same come true. A warning
-- that comes true is new to whoever had acknowledged it. Returns those that had not ended yet.
update alerts.alerts set
    reasons = (
        select coalesce(jsonb_agg(known), '[]')
        from jsonb_array_elements(alerts.reasons) as known
        where not exists (select from jsonb_array_elements(t.reasons) as new where new ->> 'reason' = known ->> 'reason')
    ) || t.reasons,
    severity = t.severity,
    score = t.score,
    summary = t.summary,
    drifts_at = least(alerts.drifts_at, t.drifts_at),
    status = case when t.event = 'raised' and status = 'acknowledged' then 'open' else status end,
    acknowledged_at = case when t.event = 'raised' then null else acknowledged_at end,
    act_at = case when t.event = 'raised' and status <> 'snoozed' then t.act_at else alerts.act_at end,
    pending = case when t.event = 'raised' and status <> 'snoozed' then t.pending else alerts.pending end,
    steps = case when t.event = 'raised' then 0 else steps end,
    told_number = case when t.event <> 'raised' then told_number else (
        select coalesce(max(number), 0) from alerts.history where history.alert_id = alerts.alert_id
    ) end
from jsonb_to_recordset($1) as t (
    alert_id uuid, event text, severity text, reasons jsonb, score double precision, summary text,
    drifts_at timestamptz, pending text, act_at timestamptz
)
where alerts.alert_id = t.alert_id and status <> 'resolved'
returning alerts.alert_id
