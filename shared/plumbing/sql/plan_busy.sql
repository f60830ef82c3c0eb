-- What takes an owner's time already: planned meetings with their stakeholders or reported as theirs, and accepted lines.
select coalesce(stakeholders.owner, '') as owner, log.occurred_at as begins_at, coalesce(log.minutes, 60) as minutes
from roster.stakeholders
join roster.addresses using (person_id)
join projector.log using (handle)
where log.planned and log.retracted_at is null and log.occurred_at between $1 and $2
union
select accounts.owner, log.occurred_at, coalesce(log.minutes, 60)
from unnest($3::text[], $4::uuid[]) as accounts (owner, handle)
join projector.log on log.by_handle = accounts.handle
where log.planned and log.retracted_at is null and log.occurred_at between $1 and $2
union
select coalesce(lines.owner, ''), lines.at, lines.minutes
from planner.lines
where lines.accepted_at is not null and lines.at between $1 and $2
