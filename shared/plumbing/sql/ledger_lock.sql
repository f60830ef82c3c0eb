select pg_advisory_lock(hashtext('attune_migrations'));
