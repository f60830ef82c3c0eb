-- Which judgement an alert's messages come from, as `traceparent`: written only where traces are on.
create table alerts.traces (
    alert_id uuid primary key references alerts.alerts on delete cascade,
    traceparent text not null
);
