-- What the alerts service last made of each relationship: its reasons, and when it will cross a line.
create table alerts.watches (
    relationship_id integer primary key references roster.stakeholders on delete cascade,
    judged_at timestamptz not null,
    drifts_at timestamptz,
    drift_reason text,
    reasons text[] not null default '{}',
    held_until timestamptz  -- a planned meeting holds alerts back until then
);
create index watches_by_drifts_at on alerts.watches (drifts_at);
