-- What decides by which lines a relationship is read.
select role, overrides
from roster.stakeholders
where relationship_id = $1
