-- The first key to come is the one that counts.
insert into roster.handle_key (key_id, since) values ($1, $2) on conflict do nothing
