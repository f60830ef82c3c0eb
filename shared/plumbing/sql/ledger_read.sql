select name, checksum from public.attune_migrations order by name;
