-- Models that are being built beside the one in force, and how far each has come: what a build that was
-- interrupted goes on from.
create table projector.builds (
    version integer primary key references projector.numbers on delete cascade,
    started_at timestamptz not null,
    done_to integer not null default 0  -- relationships up to this one are complete
);
