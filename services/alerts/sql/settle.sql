-- Notes what attempts came to; a destination that takes something again is no longer disabled.
with noted as (
    update alerts.deliveries
    set delivered_at = t.delivered_at, next_attempt_at = t.next_attempt_at, gave_up_at = t.gave_up_at,
        last_error = t.last_error
    from jsonb_to_recordset($1) as t (
        delivery_id uuid, delivered_at timestamptz, next_attempt_at timestamptz, gave_up_at timestamptz, last_error text
    )
    where deliveries.delivery_id = t.delivery_id and deliveries.next_attempt_at is not null
    returning deliveries.channel, deliveries.destination, deliveries.delivered_at
)
delete from alerts.disabled
using noted
where disabled.channel = noted.channel and disabled.destination = noted.destination and noted.delivered_at is not null
