-- The state of each relationship under each model in use: sums of doses as of `as_of`, the start of the latest era
-- (256 days) that holds a touchpoint of it. A dose after that moment weighs more than one, so that adding is all
-- there is to folding. Valid for ever: reading it at another moment is arithmetic.
create table projector.model_states (
    version integer not null default projector.version_in_force() references projector.numbers on delete cascade,
    relationship_id integer not null references roster.stakeholders on delete cascade,
    touch_days integer not null default 0,
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
    evidence double precision not null default 0,  -- undecayed: how much there is to judge by
    primary key (version, relationship_id)
) with (fillfactor = 70);  -- room on the page, so that an update need not touch the indexes
create index states_by_wake_at on projector.model_states (version, wake_at);
