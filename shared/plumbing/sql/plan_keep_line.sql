-- Keep one line of a plan.
insert into planner.lines (plan, line, relationship_id, owner, kind, minutes, at, latest_day, days_bought, score, why, worth)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
