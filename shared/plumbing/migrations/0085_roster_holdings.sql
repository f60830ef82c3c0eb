-- Every row that is held of a person, whatever table it stands in: found by the columns that refer to people, their
-- relationships, alerts and handles, so that a table added later is not left out.
create function roster.holdings(of_person integer, handles uuid[]) returns table (relation text, held jsonb)
language plpgsql stable as $$
declare
    people text[] := array(
        select stakeholder from roster.people where person_id = of_person
        union select stakeholder from roster.merges where person_id = of_person
    );
    relationships integer[] := array(select relationship_id from roster.stakeholders where person_id = of_person);
    alerts uuid[] := array(select alert_id from alerts.alerts where relationship_id = any(relationships));
    found record;
begin
    for found in
        select attrelid::regclass as relation, string_agg(
            format('%I = any($%s)', attname, case attname
                when 'stakeholder' then 1 when 'relationship_id' then 2 when 'alert_id' then 3
                when 'person_id' then 4 else 5 end),
            ' or '
        ) as condition
        from pg_attribute
        join pg_class on pg_class.oid = attrelid
        where relkind in ('r', 'p') and not attisdropped
          and relnamespace::regnamespace::text in ('roster', 'projector', 'alerts', 'console', 'planner')
          and (attname, atttypid::regtype::text) in (
              ('stakeholder', 'text'), ('relationship_id', 'integer'), ('alert_id', 'uuid'), ('person_id', 'integer'),
              ('handle', 'uuid'), ('by_handle', 'uuid'))
        group by attrelid
        order by attrelid::regclass::text
    loop
        return query execute format(
            'select %L, to_jsonb(held) from %s as held where %s', found.relation, found.relation, found.condition
        ) using people, relationships, alerts, array[of_person], handles;
    end loop;
end
$$;
