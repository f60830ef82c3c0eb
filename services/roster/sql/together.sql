-- Of each two people: in how many events they were together, and with how many others each of them was that the other
-- was with too.
with pairs as (
    select * from unnest($1::integer[], $2::integer[]) with ordinality as t (one, other, position)
),
seen as (
    select distinct person_id, event_key
    from roster.addresses
    join projector.log using (handle)
    where person_id = any($1::integer[] || $2::integer[]) and retracted_at is null
),
met as (
    select distinct seen.person_id, log.handle
    from seen
    join projector.log using (event_key)
    where not exists (
        select from roster.addresses where addresses.handle = log.handle and addresses.person_id = seen.person_id)
)
select
    (select count(*) from seen as a join seen as b using (event_key)
     where a.person_id = pairs.one and b.person_id = pairs.other) as together,
    (select count(*) from met as a join met as b using (handle)
     where a.person_id = pairs.one and b.person_id = pairs.other) as companions
from pairs
order by position
