-- Whether an alert tells of what held before attune could see it: history brought it, and not what is happening.
alter table alerts.alerts add column is_late boolean not null default false;
