-- The numbers of a plan's lines, whose they are, when, and whether they are accepted; whoever accepts or withdraws some of them
-- waits for whoever does so at this moment.
with turn as (select pg_advisory_xact_lock(hashtext('planner.accept')))
select lines.line, lines.owner, lines.at, bool_or(lines.accepted_at is not null) as is_accepted
from turn
join planner.lines on lines.plan = $1
group by lines.line, lines.owner, lines.at
order by lines.line
