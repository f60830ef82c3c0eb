-- Open alerts, the most lasting drift first.
select *
from attune.alerts
where status <> 'resolved' and ($1::text is null or initiative = $1)
order by drifts_at
