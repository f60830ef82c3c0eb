-- What people are told about a relationship, once. The id is derived from its cause, so that telling it
-- again after a crash tells nothing new.
create table alerts.alerts (
    alert_id uuid primary key,
    relationship_id integer not null references roster.stakeholders on delete cascade,
    status text not null check (status in ('open', 'acknowledged', 'resolved')),
    severity text not null check (severity in ('warning', 'alert')),
    reason text not null,            -- the first one: it names the subject for the alert's whole life
    reasons jsonb not null,          -- every one that joined, with its figures
    score double precision,          -- when the alert last changed
    drifts_at timestamptz not null,  -- when the first reason came to hold
    summary text not null,
    opened_at timestamptz not null,
    resolved_at timestamptz,
    check ((status = 'resolved') = (resolved_at is not null))
);
create unique index alerts_one_open on alerts.alerts (relationship_id) where status <> 'resolved';
create index alerts_by_relationship on alerts.alerts (relationship_id, opened_at);
create index alerts_by_opened_at on alerts.alerts (opened_at);
