-- Note how an initiative stood on days gone by.
insert into console.days (initiative, day, score, aligned, stakeholders)
select $1, past.day, past.score, past.aligned, past.stakeholders
from unnest($2::date[], $3::float8[], $4::bigint[], $5::bigint[]) as past (day, score, aligned, stakeholders)
on conflict do nothing
