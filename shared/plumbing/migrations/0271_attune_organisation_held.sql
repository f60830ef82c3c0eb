-- How an initiative stands as a whole and across the organisation: horizontally (per function), vertically (per
-- level), strategically (the levels the model calls strategic) and operationally (all others). Scores weigh each
-- stakeholder by importance. Through how many of us a part is reached is counted, as alerts do it, where it is small: a large
-- one does not hang on one of us.
create or replace view attune.organisation as
with aligned as (
    select
        stakeholders.relationship_id,
        stakeholders.initiative,
        stakeholders.importance,
        stakeholders.owner,
        reading.score,
        reading.band,
        parts.dimension,
        parts.part
    from projector.model
    cross join roster.stakeholders
    join projector.model_states as states on states.relationship_id = stakeholders.relationship_id
        and states.version = model.version
    cross join lateral projector.read(states, now()) as reading
    cross join lateral (values
        ('whole', stakeholders.initiative),
        ('horizontal', stakeholders.function),
        ('vertical', stakeholders.level),
        (case when model.strategic_levels ? lower(stakeholders.level) then 'strategic' else 'operational' end,
         stakeholders.initiative)
    ) as parts (dimension, part)
),
counted as (
    select
        initiative,
        dimension,
        part,
        count(*) as stakeholders,
        count(*) filter (where band = 'aligned') as aligned,
        count(*) filter (where band = 'cooling') as cooling,
        count(*) filter (where band = 'misaligned') as misaligned,
        count(*) filter (where band = 'unknown') as unknown,
        sum(score * importance) / nullif(sum(importance) filter (where score is not null), 0) as score,
        array_agg(relationship_id) as relationships,
        array_agg(distinct owner order by owner) filter (where owner is not null) as owners
    from aligned
    group by initiative, dimension, part
)
select
    initiative, dimension, part, stakeholders, aligned, cooling, misaligned, unknown, score,
    aligned > 0 as covered,
    held.held_by,
    held.held_by = 1 as single_threaded,
    coalesce(owners, '{}') as owners
from counted
left join lateral (
    select count(distinct coalesce(touching.by_handle::text, stakeholders.owner)) as held_by
    from roster.stakeholders
    left join lateral (
        select distinct log.by_handle
        from roster.followed
        join projector.log on log.handle = followed.handle
            and (log.initiative is null or log.initiative = followed.initiative)
        cross join projector.model
        where followed.relationship_id = stakeholders.relationship_id
          and log.by_handle is not null and not log.planned and log.retracted_at is null
          and log.occurred_at > now() - make_interval(secs => 4 * model.horizon)
    ) as touching on true
    where stakeholders.relationship_id = any(counted.relationships)
) as held on counted.stakeholders <= 200;
comment on column attune.organisation.covered is 'Whether anybody there is aligned.';
comment on column attune.organisation.held_by is 'How many of us touch them; null beyond 200 stakeholders.';
comment on column attune.organisation.single_threaded is 'Whether it is one of us alone.';
comment on column attune.organisation.owners is 'Who of us they are given to on the roster.';
