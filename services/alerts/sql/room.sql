-- How many more messages of a channel may begin: at most $3 at a time, and $4 within the span $5; null is no bound.
-- What counts no longer is forgotten. Whoever was killed has nothing on its way: its connection has ended with it.
with past as (
    delete from alerts.batches where channel = $1 and free_at <= $2 and begun_at <= $2 - $5::interval
)
select least(
    $3::integer - coalesce(sum(messages) filter (
        where free_at > $2 and (backend_pid is null or exists (
            select
            from pg_stat_activity as living
            where living.pid = batches.backend_pid
              -- hidden from a role that is not its login's: then its number alone must do
              and coalesce(living.backend_start = batches.backend_began_at, true)
        ))
    ), 0),
    $4::integer - coalesce(sum(messages) filter (where begun_at > $2 - $5::interval), 0)
)
from alerts.batches
where channel = $1
