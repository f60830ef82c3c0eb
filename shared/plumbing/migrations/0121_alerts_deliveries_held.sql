-- What is held back for a while, and messages that are about no single alert: digests and tests.
alter table alerts.deliveries
    alter column alert_id drop not null,
    add column recipient text,    -- a person; null where a machine is told
    add column held_for text,     -- why it was not sent at once
    add column mute_id integer;   -- the mute that holds it back
create index deliveries_by_recipient on alerts.deliveries (recipient, created_at) where recipient is not null;
