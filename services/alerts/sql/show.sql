-- One alert with its life, who was told, what was held back and whom it is about.
select
    alerts.*,
    (select relationship_id from alerts.alerts as its where its.alert_id = alerts.id) as relationship_id,
    (
        select coalesce(jsonb_agg(to_jsonb(history) - 'alert_id' order by number), '[]')
        from attune.alert_history as history
        where history.alert_id = alerts.id
    ) as history,
    (
        select coalesce(jsonb_agg(to_jsonb(deliveries) - 'alert_id' order by created_at, channel), '[]')
        from attune.deliveries
        where deliveries.alert_id = alerts.id
    ) as deliveries,
    (
        select coalesce(jsonb_agg(to_jsonb(held) - 'alert_id' - 'initiative' - 'stakeholder' order by number), '[]')
        from attune.suppressions as held
        where held.alert_id = alerts.id
    ) as suppressions
from attune.alerts
where id = $1
