-- The numbers of a plan's lines and whose they are; whoever accepts some of them waits for whoever does so at this moment.
with turn as (select pg_advisory_xact_lock(hashtext('planner.accept')))
select distinct lines.line, lines.owner
from turn
join planner.lines on lines.plan = $1
order by lines.line
