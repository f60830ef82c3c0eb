-- What became of each alert: appended to, never changed.
create table alerts.history (
    number bigint generated always as identity primary key,
    alert_id uuid not null references alerts.alerts on delete cascade,
    event text not null check (event in ('opened', 'joined', 'resolved')),
    actor text not null,
    happened_at timestamptz not null,
    cause jsonb not null  -- the reasons of the event, with their figures
);
create index history_by_alert on alerts.history (alert_id, number);
