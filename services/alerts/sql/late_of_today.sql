-- How many alerts of each initiative have been opened since a moment that tell of what held before attune looked.
select stakeholders.initiative, count(*) as alerts
from alerts.alerts
join roster.stakeholders using (relationship_id)
where alerts.is_late and alerts.opened_at > $2 and stakeholders.initiative = any($1)
group by stakeholders.initiative
