-- How many relationships alerts has yet to look at.
select count(*) as waiting
from roster.stakeholders
join projector.states using (relationship_id)
left join alerts.watches using (relationship_id)
where initiative = $1 and (watches.judged_at is null or states.wake_at <= now())
