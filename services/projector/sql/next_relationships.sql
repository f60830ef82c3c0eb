-- The next relationships in the order in which everything is gone through.
select relationship_id from roster.stakeholders where relationship_id > $1 order by relationship_id limit $2
