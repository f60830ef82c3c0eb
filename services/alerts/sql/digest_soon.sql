-- Who of a person's relationships will cross a line soon and has no open alert.
select drifts.initiative, drifts.name, drifts.reason, drifts.drifts_at
from attune.drifts
where ($1::text is null or drifts.owner = $1) and drifts.drifts_at > $2 and drifts.drifts_at <= $3
  and not exists (
      select from attune.alerts
      where alerts.initiative = drifts.initiative and alerts.stakeholder = drifts.stakeholder and alerts.status <> 'resolved'
  )
order by drifts.drifts_at
limit 20
