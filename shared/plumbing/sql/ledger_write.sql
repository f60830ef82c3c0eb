insert into public.attune_migrations (name, checksum) values ($1, $2);
