-- A relationship is one person within one initiative: the unit of state.
create table roster.stakeholders (
    relationship_id integer generated always as identity primary key,
    initiative text not null references roster.initiatives,
    person_id integer not null references roster.people on delete cascade,
    function text,
    level text,
    role text,
    owner text,
    importance double precision not null default 1 check (importance > 0),
    cadence_days double precision check (cadence_days > 0),
    desired_band text check (desired_band in ('aligned', 'cooling', 'misaligned')),
    overrides jsonb not null default '{}',  -- lines of the model that are others for this one relationship
    unique (person_id, initiative)
);
create index stakeholders_by_initiative on roster.stakeholders (initiative);
