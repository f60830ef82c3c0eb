-- What got better since a moment.
select
    alerts.alert_id as id,
    alerts.relationship_id,
    about.initiative,
    coalesce(about.name, about.initiative) as name,
    about.reason,
    about.resolved_at,
    about.summary
from alerts.alerts
join attune.alerts as about on about.id = alerts.alert_id
where alerts.resolved_at > $2
  and ($1::text[] is null or about.initiative = any($1))
order by alerts.resolved_at desc
limit $3
