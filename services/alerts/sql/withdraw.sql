-- Takes back what is still held and that something newer has overtaken, everywhere or at one place: nobody wants to
-- read in the morning of what ended at night.
with overtaken as (
    select * from jsonb_to_recordset($1) as t (alert_id uuid, event text, channel text, destination text)
),
withdrawn as (
    update alerts.deliveries
    set withdrawn_at = $2, gave_up_at = $2, next_attempt_at = null,
        last_error = 'withdrawn: ' || overtaken.event || ' while it was held back'
    from overtaken
    where deliveries.alert_id = overtaken.alert_id and deliveries.held_for is not null
      and deliveries.next_attempt_at is not null
      and (overtaken.channel is null
          or deliveries.channel = overtaken.channel and deliveries.destination = overtaken.destination)
    returning deliveries.alert_id, deliveries.event, deliveries.channel, deliveries.recipient, overtaken.event as by
)
insert into alerts.suppressions (alert_id, event, channel, recipient, reason, note, happened_at)
select
    alert_id, event, channel, recipient,
    case when by in ('acknowledged', 'snoozed', 'resolved') then by else 'overtaken' end,
    'the alert was ' || by || ' before it could be told',
    $2
from withdrawn
returning reason
