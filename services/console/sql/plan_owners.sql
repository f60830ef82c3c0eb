-- Who looks after anybody, and in which initiatives.
select distinct owner
from roster.stakeholders
where owner is not null and ($1::text[] is null or initiative = any($1))
order by owner
limit 500
