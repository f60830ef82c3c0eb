-- All relationships, or a random choice of $1.
select relationship_id from roster.stakeholders order by case when $1::bigint is null then 0 else random() end limit $1
