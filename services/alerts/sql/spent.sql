-- How often each person has been called upon since the moment.
select recipient, count(*) as calls
from alerts.deliveries
where recipient is not null and created_at >= $1 and event = any($2) and withdrawn_at is null
group by recipient
