-- `attune.coverage` as of the last refresh: over a large roster it takes seconds to find out.
create table console.coverage (
    initiative text not null,
    function text,
    level text,
    stakeholders bigint not null,
    aligned bigint not null,
    cooling bigint not null,
    misaligned bigint not null,
    unknown bigint not null,
    score double precision,
    held_by bigint not null,
    refreshed_at timestamptz not null
);
create index coverage_by_initiative on console.coverage (initiative);
