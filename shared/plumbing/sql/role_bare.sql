-- The statement that takes from a role ($1) all that it may do in our schemas; roles take no parameters.
select format(
    'revoke all on all tables in schema %1$s from %2$I;'
    'revoke all on all functions in schema %1$s from %2$I;'
    'revoke all on schema %1$s from %2$I',
    string_agg(quote_ident(nspname), ', '), $1::text
)
from pg_namespace
where nspname in ('alerts', 'attune', 'console', 'mine', 'planner', 'projector', 'roster')
