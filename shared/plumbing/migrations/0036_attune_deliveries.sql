-- Who was told what, and how far the telling has come.
create view attune.deliveries as
select
    delivery_id as id,
    alert_id,
    event,
    channel,
    destination,
    case
        when delivered_at is not null then 'delivered'
        when gave_up_at is not null then 'dead'
        else 'pending'
    end as status,
    attempts,
    created_at,
    next_attempt_at,
    delivered_at,
    last_error
from alerts.deliveries;
