-- One plan that was kept.
select plan, proposed_at, owner, initiative, hours, until, worth
from planner.plans
where plan = $1
