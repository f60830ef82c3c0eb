-- Puts messages into the outbox, each once.
insert into alerts.deliveries (
    delivery_id, alert_id, event, channel, destination, payload, created_at, next_attempt_at
)
select delivery_id, alert_id, event, channel, destination, payload, created_at, created_at
from jsonb_to_recordset($1) as t (
    delivery_id uuid, alert_id uuid, event text, channel text, destination text, payload text,
    created_at timestamptz
)
on conflict (delivery_id) do nothing
