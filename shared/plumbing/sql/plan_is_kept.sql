-- Whether there is such a plan; it may hold nothing.
select exists (select from planner.plans where plan = $1)
