-- Keep a plan and return its number.
insert into planner.plans (proposed_at, owner, initiative, hours, until, worth, solver, gap)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning plan
