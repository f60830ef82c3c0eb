-- Open alerts about somebody who was never judged, or who has no state to be judged by.
select 'alert ' || alerts.alert_id as at
from alerts.alerts
where alerts.status <> 'resolved'
  and alerts.relationship_id is not null
  and (
      not exists (select from alerts.watches where watches.relationship_id = alerts.relationship_id)
      or not exists (select from projector.states where states.relationship_id = alerts.relationship_id)
  )
