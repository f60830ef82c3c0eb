-- Who was called upon because of each of the given alerts, or will be.
select alert_id, channel, destination, max(recipient) as recipient, bool_or(event = 'escalated') as has_climbed
from alerts.deliveries
where alert_id = any($1) and event = any($2) and withdrawn_at is null
group by alert_id, channel, destination
