-- Every initiative somebody is on the roster of.
select distinct initiative
from roster.stakeholders
order by initiative
