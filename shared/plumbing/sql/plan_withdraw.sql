-- Take back the acceptance of these lines of a plan.
update planner.lines
set accepted_at = null, withdrawn_at = $3
where plan = $1 and line = any($2::integer[]) and accepted_at is not null
