-- The roles of people who query: a dump holds their rights, but no roles.
do $$
begin
    if not exists (select from pg_roles where rolname = 'attune_reader') then
        create role attune_reader nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'attune_initiative_reader') then
        create role attune_initiative_reader nologin;
    end if;
end
$$
