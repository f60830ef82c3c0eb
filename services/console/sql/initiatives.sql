-- Every initiative of the scope, and how it stood at the last refresh.
select
    initiatives.initiative,
    coalesce(sum(coverage.stakeholders), 0)::bigint as stakeholders,
    coalesce(sum(coverage.aligned), 0)::bigint as aligned,
    coalesce(sum(coverage.cooling), 0)::bigint as cooling,
    coalesce(sum(coverage.misaligned), 0)::bigint as misaligned,
    coalesce(sum(coverage.unknown), 0)::bigint as unknown,
    (select days.score from console.days
     where days.initiative = initiatives.initiative order by days.day desc limit 1) as score,
    max(coverage.refreshed_at) as refreshed_at
from roster.initiatives
left join console.coverage using (initiative)
where $1::text[] is null or initiatives.initiative = any($1)
group by initiatives.initiative
order by initiatives.initiative
