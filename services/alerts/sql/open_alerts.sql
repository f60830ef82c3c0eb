-- Opens alerts, each once; returns those that were not there.
insert into alerts.alerts (
    alert_id, relationship_id, initiative, part, source, status, severity, reason, reasons, score, drifts_at, summary,
    opened_at, assignee, pending, act_at, is_late
)
select alert_id, relationship_id, initiative, part, source, 'open', severity, reason, reasons, score, drifts_at, summary,
    happened_at, assignee, pending, act_at, is_late
from jsonb_to_recordset($1) as t (
    alert_id uuid, relationship_id integer, initiative text, part text, source text, severity text, reason text,
    reasons jsonb, score double precision, drifts_at timestamptz, summary text, happened_at timestamptz, assignee text,
    pending text, act_at timestamptz, is_late boolean
)
on conflict (alert_id) do nothing
returning alert_id
