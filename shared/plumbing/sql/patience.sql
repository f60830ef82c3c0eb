-- How long this transaction waits for a lock, and works at one statement.
select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true);
