-- Every alert with whom it is about.
create view attune.alerts as
select
    alerts.alert_id as id,
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    stakeholders.owner,
    alerts.reason,
    alerts.reasons,
    alerts.status,
    alerts.severity,
    alerts.score,
    alerts.opened_at,
    alerts.resolved_at,
    alerts.drifts_at,
    alerts.summary
from alerts.alerts
join roster.stakeholders using (relationship_id)
join roster.people using (person_id);
