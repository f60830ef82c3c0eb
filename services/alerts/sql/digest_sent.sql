-- Notes that a digest went out; says so to one replica only.
insert into alerts.digests as known (recipient, sent_at) values ($1, $2)
on conflict (recipient) do update set sent_at = excluded.sent_at
where known.sent_at < excluded.sent_at
returning true
