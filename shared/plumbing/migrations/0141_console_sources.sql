-- `attune.sources` as of the last refresh: over a long log it takes seconds to find out.
create table console.sources (
    source text primary key,
    touchpoints bigint not null,
    retracted bigint not null,
    touchpoints_last_day bigint not null,
    first_recorded_at timestamptz,
    last_recorded_at timestamptz,
    last_occurred_at timestamptz,
    rejected bigint not null,
    usual_gap interval,
    stale_since timestamptz,
    refreshed_at timestamptz not null
);
