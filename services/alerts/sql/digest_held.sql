-- What was held back from a person since a moment, by reason: each alert once, however many channels would have told it.
select suppressions.reason, count(distinct coalesce(alert_id::text, suppressions.relationship_id::text)) as count
from alerts.suppressions
left join alerts.alerts using (alert_id)
left join roster.stakeholders on stakeholders.relationship_id = suppressions.relationship_id
where suppressions.happened_at > $2
  and ($1::text is null or coalesce(suppressions.recipient, alerts.assignee, stakeholders.owner) = $1)
group by suppressions.reason
order by suppressions.reason
