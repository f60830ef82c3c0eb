-- Messages of one alert at one address that arrived before an earlier one, none of them sent again by hand.
select 'delivery ' || later.delivery_id as at
from (
    select
        deliveries.*,
        max(delivered_at) over (
            partition by alert_id, channel, destination order by number
            rows between unbounded preceding and 1 preceding
        ) as earlier_at
    from alerts.deliveries
    where alert_id is not null and delivered_at is not null
) as later
where later.delivered_at < later.earlier_at
  and not exists (
      select from alerts.history where history.alert_id = later.alert_id and history.event = 'resent'
  )
