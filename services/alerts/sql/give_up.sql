-- Sends nothing more to a destination that wants nothing more.
update alerts.deliveries
set next_attempt_at = null, gave_up_at = $4, last_error = $3
where channel = $1 and destination = $2 and next_attempt_at is not null
