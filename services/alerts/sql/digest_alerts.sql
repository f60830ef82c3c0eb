-- What a person has in hand (everybody's where null) and what a budget, or its coming late, kept from them since a
-- moment, alerts before warnings, the lowest score first.
select *
from attune.alerts
where status <> 'resolved' and ($1::text is null or assignee = $1 or id in (
    select alert_id from alerts.suppressions where recipient = $1 and reason in ('budget', 'late') and happened_at > $2
))
order by severity, score nulls last, opened_at
