-- Note how each initiative stands today; who matters more weighs more.
insert into console.days
select
    initiative,
    ($1::timestamptz at time zone 'UTC')::date,
    sum(score * importance) / nullif(sum(importance) filter (where score is not null), 0),
    count(*) filter (where band = 'aligned'),
    count(*)
from console.standings
group by initiative
on conflict (initiative, day) do update set
    (score, aligned, stakeholders) = row (excluded.score, excluded.aligned, excluded.stakeholders)
