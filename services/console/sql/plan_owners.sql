-- Who looks after anybody, and in which initiatives. One owner leads to the next by index: it takes as long as there are owners.
with recursive owners (owner) as (
    (select owner from roster.stakeholders where owner is not null order by owner limit 1)
    union all
    select (
        select next.owner from roster.stakeholders as next where next.owner > owners.owner order by next.owner limit 1
    )
    from owners
    where owners.owner is not null
)
select owner
from owners
where owner is not null
  and ($1::text[] is null or exists (
      select from roster.stakeholders where stakeholders.owner = owners.owner and stakeholders.initiative = any($1)
  ))
order by owner
limit 500
