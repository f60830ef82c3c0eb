-- Locks alerts about which something is to be said by the clock or because a person acted; replicas get others.
select alert_id
from alerts.alerts
where act_at <= $1
order by act_at
limit $2
for update skip locked
