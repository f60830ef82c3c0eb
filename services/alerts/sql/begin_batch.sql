insert into alerts.batches (channel, messages, begun_at, free_at, backend_pid, backend_began_at)
select $1, $2, $3, $4, pid, backend_start
from pg_stat_activity
where pid = pg_backend_pid()
returning batch
