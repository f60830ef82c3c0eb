-- Keeps nothing of these handles from now on.
insert into roster.suppressed (handle, suppressed_at, reason)
select unnest($1::uuid[]), $2, $3
on conflict (handle) do update set reason = excluded.reason
