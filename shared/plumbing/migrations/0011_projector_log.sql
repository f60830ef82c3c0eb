-- The truth: every accepted touchpoint once, bitemporal. It knows handles, never addresses.
create table projector.log (
    -- fixed-width columns first, so that a row packs without padding
    event_key uuid not null,
    handle uuid not null,
    by_handle uuid,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    retracted_at timestamptz,
    content bigint not null,
    minutes double precision,
    intensity double precision,
    breadth integer not null,
    form smallint not null,
    ordinal smallint not null,
    planned boolean not null,
    source text not null,
    event_source text not null,
    event_id text not null,
    initiative text,
    details jsonb,
    primary key (event_key, ordinal)
);
-- explain, late roster entries and retractions read one person's history
create index log_by_handle on projector.log (handle, occurred_at);
-- what arrived since a moment: appended in order, so a block range is enough
create index log_by_recorded_at on projector.log using brin (recorded_at);
