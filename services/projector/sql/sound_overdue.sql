-- Messages that should have been sent ten minutes ago.
select 'delivery ' || delivery_id as at
from alerts.deliveries
where next_attempt_at < now() - interval '10 minutes'
