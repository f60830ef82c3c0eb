-- How many more messages of a channel may begin: at most $3 at a time, and $4 within the span $5; null is no bound.
-- What counts no longer is forgotten.
with past as (
    delete from alerts.batches where channel = $1 and free_at <= $2 and begun_at <= $2 - $5::interval
)
select least(
    $3::integer - coalesce(sum(messages) filter (where free_at > $2), 0),
    $4::integer - coalesce(sum(messages) filter (where begun_at > $2 - $5::interval), 0)
)
from alerts.batches
where channel = $1
