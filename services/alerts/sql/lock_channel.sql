-- Has whoever else would take messages of the channel wait until the transaction ends: a bound is used up once.
select pg_advisory_xact_lock(hashtextextended('channel ' || $1::text, 0))
