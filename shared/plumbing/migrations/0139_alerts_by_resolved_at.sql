-- What got better lately.
create index alerts_by_resolved_at on alerts.alerts (resolved_at) where resolved_at is not null;
