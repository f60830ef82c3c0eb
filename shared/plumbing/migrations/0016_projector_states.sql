-- The state of each relationship: sums of doses as of `as_of`, its latest touchpoint. Valid for ever:
-- reading it at another moment is arithmetic.
create table projector.states (
    relationship_id integer primary key references roster.stakeholders on delete cascade,
    as_of timestamptz,
    first_touch_at timestamptz,
    last_touch_at timestamptz,
    wake_at timestamptz not null default now(),
    contact double precision not null default 0,
    dialogue double precision not null default 0,
    depth double precision not null default 0,
    accord double precision not null default 0,
    strain double precision not null default 0,
    pace_fast double precision not null default 0,
    pace double precision not null default 0,
    pace_slow double precision not null default 0,
    touch_days integer not null default 0
) with (fillfactor = 70);  -- room on the page, so that an update need not touch the indexes
create index states_by_wake_at on projector.states (wake_at);
