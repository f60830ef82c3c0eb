-- What is held back for a while or withdrawn, and messages that are about no single alert: digests and tests.
alter table alerts.deliveries
    alter column alert_id drop not null,
    add column recipient text,    -- a person; null where a machine is told
    add column held_for text,     -- why it was not sent at once
    add column mute_id integer,   -- the mute that holds it back
    add column withdrawn_at timestamptz;  -- what it would have told was over before it could be sent
create index deliveries_to_people on alerts.deliveries (created_at, recipient) where recipient is not null;

create or replace view attune.deliveries as
select
    delivery_id as id,
    alert_id,
    event,
    channel,
    destination,
    case
        when delivered_at is not null then 'delivered'
        when withdrawn_at is not null then 'withdrawn'
        when gave_up_at is not null then 'dead'
        when attempts = 0 and held_for is not null then 'held'
        else 'pending'
    end as status,
    attempts,
    created_at,
    next_attempt_at,
    delivered_at,
    last_error,
    recipient,
    held_for
from alerts.deliveries;
