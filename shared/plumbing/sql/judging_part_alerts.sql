-- The given parts of an initiative and those that have an open alert, with it and with what was dealt with by hand.
select
    parts.part, alerts.alert_id, alerts.reason, alerts.reasons, alerts.status, alerts.snoozed_until, alerts.assignee,
    settled.settled_at
from (
    select unnest($2::text[])
    union
    select part from alerts.alerts where initiative = $1 and part is not null and status <> 'resolved'
) as parts (part)
left join alerts.alerts on alerts.initiative = $1 and alerts.part = parts.part and alerts.status <> 'resolved'
left join alerts.settled on settled.initiative = $1 and settled.part = parts.part
order by parts.part
