-- What was held back from a person since a moment, by reason.
select suppressions.reason, count(*) as count
from alerts.suppressions
left join alerts.alerts using (alert_id)
left join roster.stakeholders on stakeholders.relationship_id = suppressions.relationship_id
where suppressions.happened_at > $2
  and ($1::text is null or coalesce(alerts.assignee, stakeholders.owner) = $1)
group by suppressions.reason
order by suppressions.reason
