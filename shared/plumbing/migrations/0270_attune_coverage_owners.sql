-- Per initiative, function and level: how many the change needs there, how they stand, and through how many of
-- our people we reach them (who touched them within four horizons; their owner where nobody is named).
create or replace view attune.coverage as
with aligned as materialized (
    select stakeholders.*, reading.score, reading.band
    from roster.stakeholders
    join projector.model_states as states on states.relationship_id = stakeholders.relationship_id
        and states.version = (select version from projector.in_force)
    cross join lateral projector.read(states, now()) as reading
), held as (
    select aligned.initiative, aligned.function, aligned.level,
        count(distinct coalesce(touching.by_handle::text, aligned.owner)) as held_by
    from aligned
    left join lateral (
        select distinct log.by_handle
        from roster.followed
        join projector.log on log.handle = followed.handle
            and (log.initiative is null or log.initiative = followed.initiative)
        cross join projector.model
        where followed.relationship_id = aligned.relationship_id
          and log.by_handle is not null and not log.planned and log.retracted_at is null
          and log.occurred_at > now() - make_interval(secs => 4 * model.horizon)
    ) as touching on true
    group by aligned.initiative, aligned.function, aligned.level
), counted as (
    select initiative, function, level,
        count(*) as stakeholders,
        count(*) filter (where band = 'aligned') as aligned,
        count(*) filter (where band = 'cooling') as cooling,
        count(*) filter (where band = 'misaligned') as misaligned,
        count(*) filter (where band = 'unknown') as unknown,
        sum(score * importance) / nullif(sum(importance) filter (where score is not null), 0) as score,
        array_agg(distinct owner order by owner) filter (where owner is not null) as owners
    from aligned
    group by initiative, function, level
)
select
    counted.initiative,
    counted.function,
    counted.level,
    counted.stakeholders,
    counted.aligned,
    counted.cooling,
    counted.misaligned,
    counted.unknown,
    counted.score,
    counted.aligned > 0 as covered,
    held.held_by,
    held.held_by = 1 as single_threaded,
    coalesce(counted.owners, '{}') as owners
from counted
join held on held.initiative = counted.initiative
    and held.function is not distinct from counted.function
    and held.level is not distinct from counted.level;
comment on column attune.coverage.owners is 'Who of us they are given to on the roster.';
