-- How each function and level of an initiative stands under version $3, or under the one in force where that is null, and
-- how many of our people touched it within four horizons; that is counted for small parts only: a large one does not
-- hang on one of us.
with numbers as materialized (
    select version, horizon from projector.numbers where version = coalesce($3, projector.version_in_force())
),
standing as (
    select stakeholders.relationship_id, parts.part, reading.band
    from numbers
    join projector.model_states as states using (version)
    join roster.stakeholders using (relationship_id)
    cross join lateral projector.read(states, $2::timestamptz) as reading
    cross join lateral (
        values ('function ' || stakeholders.function), ('level ' || stakeholders.level)
    ) as parts (part)
    where stakeholders.initiative = $1 and parts.part is not null
),
counted as (
    select
        part,
        count(*) as stakeholders,
        count(*) filter (where band <> 'unknown') as known,
        count(*) filter (where band = 'aligned') as aligned,
        array_agg(relationship_id) as relationships
    from standing
    group by part
)
select
    part, stakeholders, known, aligned,
    (
        select count(distinct log.by_handle)
        from roster.followed
        join projector.log on log.handle = followed.handle
            and (log.initiative is null or log.initiative = followed.initiative)
        cross join numbers
        where followed.relationship_id = any(case when stakeholders <= 200 then relationships end)
          and log.by_handle is not null and not log.planned and log.retracted_at is null
          and log.occurred_at > $2::timestamptz - make_interval(secs => 4 * numbers.horizon)
    ) as held_by
from counted
order by part
