-- Alerts whose status is not what their history says: each was opened, and what was resolved last is resolved.
select 'alert ' || alerts.alert_id as at
from alerts.alerts
cross join lateral (
    select coalesce(bool_or(event = 'opened'), false) as was_opened,
           coalesce(bool_or(event = 'resolved'), false) as was_resolved
    from alerts.history
    where history.alert_id = alerts.alert_id
) as life
where not was_opened or was_resolved <> (status = 'resolved')
