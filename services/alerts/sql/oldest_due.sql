-- How many seconds the relationship waits that has been due for the longest time.
select greatest(0, coalesce(extract(epoch from $1 - min(wake_at)), 0))::double precision from projector.states
