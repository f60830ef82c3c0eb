-- Replace what `console.coverage`, `console.organisation` and `console.single_threaded` hold; called within one transaction with
-- their emptying. The first two are what `attune.coverage` and `attune.organisation` say, from the standings, and by one pass over
-- what was logged since $2 (four horizons ago) instead of a look for each relationship: a tenth of the time over a large house. What
-- may be null is compared twice: by what a hash can be made of, and truly.
with touched as materialized (
    select distinct log.handle, log.initiative, log.by_handle
    from projector.log
    where log.by_handle is not null and not log.planned and log.retracted_at is null
      and log.occurred_at > $2::timestamptz
      -- Nothing that has happened was logged before it did, but for clocks that differ: so most of a long log is not read.
      and log.recorded_at > $2::timestamptz - interval '1 hour'
), touching as (
    select followed.relationship_id, touched.by_handle
    from touched
    join roster.followed on followed.handle = touched.handle
        and (touched.initiative is null or touched.initiative = followed.initiative)
), named as (
    select relationship_id, count(distinct by_handle) as held_by from touching group by relationship_id
), alone as (
    select standings.relationship_id, standings.initiative, named.held_by,
        row_number() over (
            partition by standings.initiative, named.held_by = 1 order by standings.importance desc, standings.relationship_id
        ) as place,
        count(*) filter (where named.held_by = 1) over (partition by standings.initiative) as single,
        count(*) over (partition by standings.initiative) as named
    from named
    join console.standings using (relationship_id)
), relationships as (
    insert into console.single_threaded (relationship_id, initiative, place, single, named)
    select relationship_id, initiative, place, single, named
    from alone
    where held_by = 1 and place <= 50
), holding as materialized (
    -- through whom of us each place is reached; their owner where nobody is named
    select distinct standings.initiative, standings.function, standings.level,
        coalesce(touching.by_handle::text, standings.owner) as holder
    from console.standings
    left join touching using (relationship_id)
), standing as materialized (
    select initiative, function, level, owner, band,
        count(*) as stakeholders,
        sum(score * importance) as fed,
        sum(importance) filter (where score is not null) as weight
    from console.standings
    group by initiative, function, level, owner, band
), places as materialized (
    select known.initiative, known.function, known.level, part.dimension, part.part
    from (select distinct initiative, function, level from standing) as known
    cross join projector.model
    cross join lateral (values
        ('cell', null),
        ('whole', known.initiative),
        ('horizontal', known.function),
        ('vertical', known.level),
        (case when model.strategic_levels ? lower(known.level) then 'strategic' else 'operational' end, known.initiative)
    ) as part (dimension, part)
), counted as (
    select places.initiative, places.dimension, places.part,
        case when places.dimension = 'cell' then places.function end as function,
        case when places.dimension = 'cell' then places.level end as level,
        sum(standing.stakeholders)::bigint as stakeholders,
        coalesce(sum(standing.stakeholders) filter (where band = 'aligned'), 0)::bigint as aligned,
        coalesce(sum(standing.stakeholders) filter (where band = 'cooling'), 0)::bigint as cooling,
        coalesce(sum(standing.stakeholders) filter (where band = 'misaligned'), 0)::bigint as misaligned,
        coalesce(sum(standing.stakeholders) filter (where band = 'unknown'), 0)::bigint as unknown,
        sum(standing.fed) / nullif(sum(standing.weight), 0) as score,
        array_agg(distinct standing.owner order by standing.owner) filter (where standing.owner is not null) as owners
    from places
    join standing on standing.initiative = places.initiative
        and coalesce(standing.function, '') = coalesce(places.function, '') and coalesce(standing.level, '') = coalesce(places.level, '')
        and (standing.function, standing.level) is not distinct from (places.function, places.level)
    group by 1, 2, 3, 4, 5
), held as (
    select places.initiative, places.dimension, places.part,
        case when places.dimension = 'cell' then places.function end as function,
        case when places.dimension = 'cell' then places.level end as level,
        count(distinct holding.holder) as held_by
    from places
    join holding on holding.initiative = places.initiative
        and coalesce(holding.function, '') = coalesce(places.function, '') and coalesce(holding.level, '') = coalesce(places.level, '')
        and (holding.function, holding.level) is not distinct from (places.function, places.level)
    group by 1, 2, 3, 4, 5
), found as materialized (
    select counted.*, held.held_by
    from counted
    join held on held.initiative = counted.initiative and held.dimension = counted.dimension
        and coalesce(held.part, '') = coalesce(counted.part, '') and coalesce(held.function, '') = coalesce(counted.function, '')
        and coalesce(held.level, '') = coalesce(counted.level, '')
        and (held.part, held.function, held.level) is not distinct from (counted.part, counted.function, counted.level)
), across as (
    insert into console.organisation (
        initiative, dimension, part, stakeholders, aligned, cooling, misaligned, unknown, score, covered, held_by,
        single_threaded, owners, refreshed_at
    )
    -- A large part does not hang on one of us.
    select initiative, dimension, part, stakeholders, aligned, cooling, misaligned, unknown, score, aligned > 0,
        case when stakeholders <= 200 then held_by end, case when stakeholders <= 200 then held_by = 1 end,
        coalesce(owners, '{}'), $1
    from found
    where dimension <> 'cell'
)
insert into console.coverage (
    initiative, function, level, stakeholders, aligned, cooling, misaligned, unknown, score, covered, held_by,
    single_threaded, owners, refreshed_at
)
select initiative, function, level, stakeholders, aligned, cooling, misaligned, unknown, score, aligned > 0, held_by,
    held_by = 1, coalesce(owners, '{}'), $1
from found
where dimension = 'cell'
