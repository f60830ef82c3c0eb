-- Every alert with what it is about, in whose hands it is, and until when it rests.
create or replace view attune.alerts as
select
    alerts.alert_id as id,
    coalesce(stakeholders.initiative, alerts.initiative) as initiative,
    people.stakeholder,
    coalesce(people.name, alerts.part, alerts.source) as name,
    stakeholders.owner,
    alerts.reason,
    alerts.reasons,
    alerts.status,
    alerts.severity,
    alerts.score,
    alerts.opened_at,
    alerts.resolved_at,
    alerts.drifts_at,
    alerts.summary,
    left(alerts.alert_id::text, 8) as short_id,
    coalesce(stakeholders.function, substring(alerts.part from '^function (.*)$')) as function,
    coalesce(stakeholders.level, substring(alerts.part from '^level (.*)$')) as level,
    alerts.part,
    alerts.source,
    alerts.assignee,
    alerts.acknowledged_at,
    alerts.snoozed_until
from alerts.alerts
left join roster.stakeholders using (relationship_id)
left join roster.people using (person_id);
