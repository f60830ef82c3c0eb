-- How many rows of each table are the person's.
select relation, count(*) as rows from roster.holdings($1, $2::uuid[]) group by relation order by relation
