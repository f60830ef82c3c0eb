-- Whether a fold is held back: nobody else in this database waits for an advisory lock while one is held alone.
select exists (
    select from pg_locks
    where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())
)
