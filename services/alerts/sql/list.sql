-- Alerts of one status (all of them when null), the latest first.
select *
from attune.alerts
where $1::text is null or status = $1
order by opened_at desc, id
