-- Everything that was held back, and why: never silently.
create table alerts.suppressions (
    number bigint generated always as identity primary key,
    alert_id uuid references alerts.alerts on delete cascade,
    relationship_id integer references roster.stakeholders on delete cascade,
    event text not null,      -- what would have been told
    channel text,             -- null where it would have been told nowhere
    recipient text,           -- the person; null where a machine would have been told
    reason text not null check (reason in (
        'planned', 'stale', 'muted', 'snoozed', 'acknowledged', 'quiet', 'budget', 'unrouted', 'resolved', 'overtaken',
        'disabled'
    )),
    held_until timestamptz,   -- null where it is not told later either
    note text not null,
    happened_at timestamptz not null
);
-- what a digest tells instead
create index suppressions_of_people on alerts.suppressions (recipient, happened_at) where recipient is not null;
create index suppressions_by_alert on alerts.suppressions (alert_id);
create index suppressions_by_relationship on alerts.suppressions (relationship_id);
create index suppressions_by_happened_at on alerts.suppressions (happened_at);
