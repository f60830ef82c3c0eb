-- What is held back for a while or withdrawn, and messages that are about no single alert: digests and tests.
alter table alerts.deliveries
    alter column alert_id drop not null,
    add column recipient text,    -- a person; null where a machine is told
    add column held_for text,     -- why it is not sent yet: asked anew at next_attempt_at, and null from then on
    add column released_at timestamptz,  -- since when it may be sent
    add column first_attempt_at timestamptz,  -- days of patience are counted from here
    add column withdrawn_at timestamptz;  -- what it would have told was over before it could be sent
create index deliveries_to_people on alerts.deliveries (recipient, released_at) where recipient is not null;
create index deliveries_held on alerts.deliveries (next_attempt_at) where held_for is not null;

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
        when held_for is not null then 'held'
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
