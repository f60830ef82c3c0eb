-- Whether this database holds an attune.
select to_regclass('public.attune_migrations') is not null
