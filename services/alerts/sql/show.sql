-- One alert with its life, who was told, what was held back and whom it is about.
select
    alerts.*,
    its.relationship_id,
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
        -- with what held the alert itself back in the month before
        select coalesce(jsonb_agg(to_jsonb(held) - 'alert_id' - 'relationship_id' order by number), '[]')
        from alerts.suppressions as held
        where held.alert_id = alerts.id
           or held.alert_id is null and held.relationship_id = its.relationship_id
              and held.happened_at between alerts.opened_at - interval '30 days' and alerts.opened_at
    ) as suppressions
from attune.alerts
join alerts.alerts as its on its.alert_id = alerts.id
where id = $1
