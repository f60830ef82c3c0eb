-- The statement that makes a login ($1) with a password ($2): roles take no parameters.
select format(
    'create role %I login password %L in role %I', $1::text, $2::text,
    case when cardinality($3::text[]) > 0 then 'attune_initiative_reader' else 'attune_reader' end
)
