-- Who was told of an alert, and how far the telling has come.
select channel, destination, event, status, attempts, created_at, next_attempt_at, delivered_at, held_for, last_error
from attune.deliveries
where alert_id = $1
order by created_at desc
limit 50
