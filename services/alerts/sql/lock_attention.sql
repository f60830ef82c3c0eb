-- Has whoever else would call upon these people wait until the transaction ends: a budget is spent once.
select pg_advisory_xact_lock(hashtextextended('attention of ' || recipient, 0))
from unnest($1::text[]) as recipient
