-- Readers of some initiatives only: which role sees which. Readers of everything are in attune_reader instead.
do $$
begin
    if not exists (select from pg_roles where rolname = 'attune_initiative_reader') then
        create role attune_initiative_reader nologin;
    end if;
exception when duplicate_object then null;  -- another database of this server made it a moment ago
end
$$;

create table roster.readers (
    role text not null,  -- the name of a login, not its number: a backup is restored beside other logins
    initiative text not null,
    primary key (role, initiative)
);

-- Not views of `attune` itself with a condition each: a barrier that keeps others' rows from a reader's own functions
-- would keep Postgres from merging the view into the services' queries too. So who sees everything pays nothing.
create schema mine;
comment on schema mine is 'The schema attune as readers of some initiatives see it.';
grant usage on schema mine to attune_initiative_reader;
alter default privileges in schema mine grant select on tables to attune_initiative_reader;
-- As attune_reader: functions that Postgres merges into a reader's query read the model's numbers as the reader.
grant select on projector.numbers, projector.in_force to attune_initiative_reader;
