-- One build at a time; should its process die, the server lets the next one in.
select pg_try_advisory_lock(hashtext('attune.build'))
