-- One proposed touch with one person in one initiative; a meeting with several is a line each with the same number.
create table planner.lines (
    plan integer not null references planner.plans on delete cascade,
    line integer not null,
    relationship_id integer not null references roster.stakeholders on delete cascade,
    owner text,
    kind text not null,
    minutes integer not null check (minutes > 0),
    at timestamptz not null,
    latest_day date not null,
    days_bought double precision not null,
    score double precision,
    accepted_at timestamptz,
    why text not null default '',  -- what it buys, in words
    primary key (plan, line, relationship_id)
);
create index lines_by_relationship on planner.lines (relationship_id, at);
