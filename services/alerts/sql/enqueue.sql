-- Puts messages into the outbox, each once: news of an alert only where somebody was called upon because of it, and
-- nothing where nothing more is wanted.
with messages as materialized (
    select *
    from jsonb_to_recordset($1) as t (
        delivery_id uuid, alert_id uuid, event text, channel text, destination text, payload text,
        created_at timestamptz, next_attempt_at timestamptz, recipient text, held_for text, mute_id integer, is_call boolean
    )
    where is_call or exists (
        select
        from alerts.deliveries as call
        where call.alert_id = t.alert_id and call.channel = t.channel and call.destination = t.destination
          and call.withdrawn_at is null
    )
),
refused as (
    insert into alerts.suppressions (alert_id, event, channel, reason, note, happened_at)
    select messages.alert_id, messages.event, messages.channel, 'disabled', disabled.error, messages.created_at
    from messages
    join alerts.disabled using (channel, destination)
    where messages.event <> 'test'
)
insert into alerts.deliveries (
    delivery_id, alert_id, event, channel, destination, payload, created_at, next_attempt_at, recipient, held_for, mute_id
)
select delivery_id, alert_id, event, channel, destination, payload, created_at, next_attempt_at, recipient, held_for, mute_id
from messages
where event = 'test' or not exists (
    select from alerts.disabled where disabled.channel = messages.channel and disabled.destination = messages.destination
)
on conflict (delivery_id) do nothing
