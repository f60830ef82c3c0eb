-- The statement that makes a login ($1) with a password ($2) in a role ($3), or gives one that is there ($4) the password:
-- roles take no parameters.
select format(
    case when $4::boolean then 'alter role %1$I login password %2$L' else 'create role %1$I login password %2$L in role %3$I' end,
    $1::text, $2::text, $3::text
)
