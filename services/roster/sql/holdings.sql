-- Every row that is the person's.
select relation, held::text from roster.holdings($1, $2::uuid[])
