-- By which key the handles are made from now on.
insert into roster.handle_key (key_id, since) values ($1, $2)
on conflict (only_one) do update set key_id = excluded.key_id, since = excluded.since
