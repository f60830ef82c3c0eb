-- One alert with its life and who was told.
select
    alerts.*,
    (
        select coalesce(jsonb_agg(to_jsonb(history) - 'alert_id' order by number), '[]')
        from attune.alert_history as history
        where history.alert_id = alerts.id
    ) as history,
    (
        select coalesce(jsonb_agg(to_jsonb(deliveries) - 'alert_id' order by created_at, channel), '[]')
        from attune.deliveries
        where deliveries.alert_id = alerts.id
    ) as deliveries
from attune.alerts
where id = $1
