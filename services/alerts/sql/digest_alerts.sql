-- What a person has in hand (everybody's where null), alerts before warnings, the lowest score first.
select *
from attune.alerts
where ($1::text is null or assignee = $1) and status <> 'resolved'
order by severity, score nulls last, opened_at
