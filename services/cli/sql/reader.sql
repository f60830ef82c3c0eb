-- The role of people who query: a dump holds its rights, but no roles.
do $$
begin
    if not exists (select from pg_roles where rolname = 'attune_reader') then
        create role attune_reader nologin;
    end if;
end
$$
