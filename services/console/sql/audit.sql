-- Keep what was done or refused.
insert into console.audit (happened_at, actor, action, subject, outcome, details, address)
values ($1, $2, $3, $4, $5, $6, $7)
