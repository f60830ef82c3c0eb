-- Puts messages into the outbox, each once, and nothing where nothing more is wanted: returns why.
with messages as materialized (
    select *
    from jsonb_to_recordset($1) as t (
        delivery_id uuid, alert_id uuid, event text, channel text, destination text, payload text,
        created_at timestamptz, next_attempt_at timestamptz, released_at timestamptz, recipient text, held_for text
    )
),
refused as (
    insert into alerts.suppressions (alert_id, event, channel, recipient, reason, note, happened_at)
    select
        messages.alert_id, messages.event, messages.channel, messages.recipient, 'disabled', disabled.error, messages.created_at
    from messages
    join alerts.disabled using (channel, destination)
    where messages.event <> 'test'
    returning reason
),
put as (
    insert into alerts.deliveries (
        delivery_id, alert_id, event, channel, destination, payload, created_at, next_attempt_at, released_at, recipient, held_for
    )
    select delivery_id, alert_id, event, channel, destination, payload, created_at, next_attempt_at, released_at, recipient, held_for
    from messages
    where event = 'test' or not exists (
        select from alerts.disabled where disabled.channel = messages.channel and disabled.destination = messages.destination
    )
    on conflict (delivery_id) do nothing
)
select reason from refused
