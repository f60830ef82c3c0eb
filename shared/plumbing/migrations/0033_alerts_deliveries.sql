-- The outbox: written with the alert in one transaction, sent at least once under one id.
create table alerts.deliveries (
    delivery_id uuid primary key,
    number bigint generated always as identity,  -- the order in which an alert's events happened
    alert_id uuid not null references alerts.alerts on delete cascade,
    event text not null,
    channel text not null,
    destination text not null,        -- a subject, or the host of a webhook: its path may be a secret
    payload text not null,            -- as sent, byte for byte: a signature must hold on every attempt
    created_at timestamptz not null,
    attempts integer not null default 0,
    next_attempt_at timestamptz,      -- also the lease of whoever is sending; null when nothing is left to do
    delivered_at timestamptz,
    gave_up_at timestamptz,
    last_error text,
    check ((next_attempt_at is null) = (delivered_at is not null or gave_up_at is not null))
);
create index deliveries_due on alerts.deliveries (channel, next_attempt_at) where next_attempt_at is not null;
create index deliveries_by_alert on alerts.deliveries (alert_id, channel, number);
