-- How many rows of each table speak of a person in whatever column, by a regular expression of all that they are
-- known by. Of suppressed handles it says nothing: they are what is kept.
create function roster.mentions(pattern text) returns table (relation text, rows bigint)
language plpgsql stable as $$
declare
    found regclass;
begin
    for found in
        select oid::regclass from pg_class
        where relkind in ('r', 'p') and relpersistence <> 't'
          and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
          and oid <> 'roster.suppressed'::regclass
        order by oid::regclass::text
    loop
        return query execute format(
            'select %L, count(*) from %s as t where t::text ~* $1 having count(*) > 0', found, found
        ) using pattern;
    end loop;
end
$$;

-- Removes what alerts and messages say of a person where they are not the person's own, such as a digest.
create function roster.hush(pattern text) returns table (relation text, rows bigint)
language plpgsql as $$
declare
    found regclass;
    removed bigint;
begin
    for found in
        select oid::regclass from pg_class
        where relkind in ('r', 'p')
          and (relnamespace::regnamespace::text in ('alerts', 'planner')
               or relnamespace::regnamespace::text = 'console' and relname = 'standings')  -- it is filled anew
        order by oid::regclass::text
    loop
        execute format('delete from %s as t where t::text ~* $1', found) using pattern;
        get diagnostics removed = row_count;
        if removed > 0 then
            relation := found; rows := removed;
            return next;
        end if;
    end loop;
end
$$;
