-- How many stand how, as of the last refresh.
select
    coalesce(sum(stakeholders), 0)::bigint as stakeholders,
    coalesce(sum(aligned), 0)::bigint as aligned,
    coalesce(sum(cooling), 0)::bigint as cooling,
    coalesce(sum(misaligned), 0)::bigint as misaligned,
    coalesce(sum(unknown), 0)::bigint as unknown
from console.coverage
where $1::text[] is null or initiative = any($1)
