-- How many people on no roster have touchpoints since $1, by the initiative they were reported for, and how active
-- they are: counts only, because nobody knows who they are.
with strangers as (
    select
        handle, initiative, count(*) as touchpoints,
        count(distinct (occurred_at at time zone 'UTC')::date) as days
    from projector.log
    where occurred_at >= $1 and not planned and retracted_at is null
      and not exists (select from roster.addresses where addresses.handle = log.handle)
    group by handle, initiative
)
select
    initiative,
    count(*) as people,
    count(*) filter (where days >= 5) as on_5_days_or_more,
    sum(touchpoints)::bigint as touchpoints
from strangers
group by initiative
order by people desc
