-- Says whether it is time to look again, to one replica only, and when somebody last did.
insert into alerts.looked as seen (what, looked_at) values ($1, $2)
on conflict (what) do update set looked_at = excluded.looked_at
where seen.looked_at <= excluded.looked_at - $3::interval
returning old.looked_at as seen_at
