-- Sends nothing more to a destination that wants nothing more, until a test reaches it again.
with disabled as (
    insert into alerts.disabled (channel, destination, disabled_at, error) values ($1, $2, $4, $3)
    on conflict (channel, destination) do update set (disabled_at, error) = row (excluded.disabled_at, excluded.error)
)
update alerts.deliveries
set next_attempt_at = null, gave_up_at = $4, last_error = $3
where channel = $1 and destination = $2 and next_attempt_at is not null
