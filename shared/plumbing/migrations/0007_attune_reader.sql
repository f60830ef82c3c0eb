-- The role of people who query: it sees the views of `attune` and nothing else.
do $$
begin
    if not exists (select from pg_roles where rolname = 'attune_reader') then
        create role attune_reader nologin;
    end if;
exception when duplicate_object then null;  -- another database of this server made it a moment ago
end
$$;
grant usage on schema attune to attune_reader;
alter default privileges in schema attune grant select on tables to attune_reader;
grant select on all tables in schema attune to attune_reader;
