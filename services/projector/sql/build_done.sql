select pg_advisory_unlock(hashtext('attune.build'))
