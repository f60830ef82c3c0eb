-- Who is on the roster of an initiative, and how much each matters.
select relationship_id, importance
from roster.stakeholders
where initiative = $1
