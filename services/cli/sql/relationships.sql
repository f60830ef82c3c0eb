-- Every relationship, and a number for its initiative.
select
    relationship_id,
    dense_rank() over (order by initiative) - 1 as initiative
from roster.stakeholders
order by relationship_id
