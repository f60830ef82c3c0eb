-- Leases messages of a channel that are due: who does not report back by the lease's end has crashed. A later
-- event of an alert waits for the earlier ones; what is held back is let out by who may decide that.
update alerts.deliveries
set attempts = attempts + 1, next_attempt_at = $3, first_attempt_at = coalesce(first_attempt_at, $2)
where delivery_id in (
    select due.delivery_id
    from alerts.deliveries as due
    where due.channel = $1 and due.next_attempt_at <= $2 and due.held_for is null
      and not exists (
          select
          from alerts.deliveries as earlier
          where earlier.alert_id = due.alert_id and earlier.channel = due.channel and earlier.destination = due.destination
            and earlier.number < due.number and earlier.next_attempt_at is not null
      )
    order by due.next_attempt_at
    limit $4
    for update skip locked
)
returning delivery_id, channel, destination, payload, first_attempt_at, attempts, alert_id, created_at
