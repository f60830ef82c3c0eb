-- Alerts of one status (all of them when null; `unresolved` is every other one), the latest first.
select *
from attune.alerts
where ($1::text is null or status = $1 or $1 = 'unresolved' and status <> 'resolved')
  and ($2::text is null or initiative = $2)
  and ($3::text is null or assignee = $3)
order by opened_at desc, id
