-- Messages that were given up.
select 'delivery ' || delivery_id as at
from alerts.deliveries
where gave_up_at is not null and delivered_at is null and withdrawn_at is null
