-- The alerts that each person was called upon for since their day began.
select recipient, array_agg(distinct deliveries.alert_id) as alerts
from unnest($1::text[], $2::timestamptz[]) as days (recipient, began_at)
join alerts.deliveries using (recipient)
where deliveries.released_at >= days.began_at and deliveries.event = any($3)
  and deliveries.withdrawn_at is null and deliveries.alert_id is not null
group by recipient
