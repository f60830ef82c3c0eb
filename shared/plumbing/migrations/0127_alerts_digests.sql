-- When each person last got a digest.
create table alerts.digests (
    recipient text primary key,
    sent_at timestamptz not null
);
