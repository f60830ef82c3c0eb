-- `attune.organisation` as of the last refresh: over a large roster it takes seconds to find out.
create table console.organisation (
    initiative text not null,
    dimension text not null,
    part text,
    stakeholders bigint not null,
    aligned bigint not null,
    cooling bigint not null,
    misaligned bigint not null,
    unknown bigint not null,
    score double precision,
    covered boolean not null,
    held_by bigint,           -- null where a part is too large to hang on one of us
    single_threaded boolean,
    owners text[] not null,
    refreshed_at timestamptz not null
);
create index organisation_by_initiative on console.organisation (initiative);
