-- The parts of an initiative that have a hole or an open alert, with what was dealt with; a hole that shows within two
-- hours of a switch is the model's doing.
select
    parts.part, alerts.alert_id, alerts.reason, alerts.reasons, alerts.status, alerts.snoozed_until, alerts.assignee,
    settled.settled_at, in_force.switched_at + interval '2 hours' as switched_until
from (
    select unnest($2::text[])
    union
    select part from alerts.alerts where initiative = $1 and status <> 'resolved'
) as parts (part)
cross join projector.in_force
left join alerts.alerts on alerts.initiative = $1 and alerts.part = parts.part and alerts.status <> 'resolved'
left join alerts.settled on settled.initiative = $1 and settled.part = parts.part
order by parts.part
