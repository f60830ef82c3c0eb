-- One plan that was kept: for whom, with how many hours, by when.
create table planner.plans (
    plan integer generated always as identity primary key,
    proposed_at timestamptz not null,
    owner text,
    initiative text,
    hours double precision not null check (hours > 0),
    until timestamptz not null,
    worth double precision not null,
    solver text not null,
    gap double precision not null
);
