select pg_advisory_unlock(hashtext('attune_migrations'));
