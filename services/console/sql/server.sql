-- What Postgres says about itself.
select current_setting('server_version') as version, pg_database_size(current_database()) as bytes,
    (select count(*) from roster.stakeholders) as relationships
