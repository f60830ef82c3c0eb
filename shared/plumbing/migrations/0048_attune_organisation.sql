-- How an initiative stands as a whole and across the organisation: horizontally (per function), vertically (per
-- level), strategically (the levels the model calls strategic) and operationally (all others). Scores weigh each
-- stakeholder by importance.
create view attune.organisation as
with aligned as (
    select
        stakeholders.initiative,
        stakeholders.importance,
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
)
select
    initiative,
    dimension,
    part,
    count(*) as stakeholders,
    count(*) filter (where band = 'aligned') as aligned,
    count(*) filter (where band = 'cooling') as cooling,
    count(*) filter (where band = 'misaligned') as misaligned,
    count(*) filter (where band = 'unknown') as unknown,
    sum(score * importance) / nullif(sum(importance) filter (where score is not null), 0) as score
from aligned
group by initiative, dimension, part;
