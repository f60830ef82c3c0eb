-- Which model everyone reads by: one row, so that switching is one update.
create table projector.in_force (
    only_one boolean primary key default true check (only_one),
    version integer not null references projector.numbers
);
grant select on projector.in_force to attune_reader;
