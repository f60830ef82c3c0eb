-- The model in force, one row: what the fold and the reading need from its definition, as plain numbers.
-- Half-lives are in seconds.
create table projector.model (
    only_one boolean primary key default true check (only_one),
    version integer not null references projector.models,
    contact_half_life double precision not null,
    dialogue_half_life double precision not null,
    depth_half_life double precision not null,
    accord_half_life double precision not null,
    strain_half_life double precision not null,
    pace_fast_half_life double precision not null,
    pace_half_life double precision not null,
    pace_slow_half_life double precision not null,
    horizon double precision not null,
    breadth_exponent double precision not null,
    broad_from integer not null,
    day_most double precision not null,
    contact_full double precision not null,
    dialogue_full double precision not null,
    depth_full double precision not null,
    accord_full double precision not null,
    strain_full double precision not null,
    contact_most double precision not null,
    dialogue_most double precision not null,
    depth_most double precision not null,
    accord_most double precision not null,
    cushion double precision not null,
    aligned_min double precision not null,
    cooling_min double precision not null,
    touch_days_min integer not null,
    evidence_min double precision not null,
    fading_line double precision not null,
    cadence_days jsonb not null
);
-- Reading a state takes these numbers, whoever reads.
grant select on projector.model to attune_reader;
