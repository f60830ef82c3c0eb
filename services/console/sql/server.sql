-- What Postgres says about itself; how many relationships there were at the last refresh.
select current_setting('server_version') as version, pg_database_size(current_database()) as bytes,
    (select coalesce(sum(stakeholders), 0)::bigint from console.coverage) as relationships
