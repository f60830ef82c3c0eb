-- Enters people into their initiatives, with a state that is still empty, and returns what is new or different.
-- What is not given stays as it is.
with given as (
    select people.person_id, t.*
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::double precision[], $8::double precision[], $9::text[], $10::jsonb[]
    ) as t (initiative, stakeholder, function, level, role, owner, importance, cadence_days, desired_band, overrides)
    join roster.people using (stakeholder)
),
changed as (
    update roster.stakeholders as known set
        function = coalesce(given.function, known.function),
        level = coalesce(given.level, known.level),
        role = coalesce(given.role, known.role),
        owner = coalesce(given.owner, known.owner),
        importance = coalesce(given.importance, known.importance),
        cadence_days = coalesce(given.cadence_days, known.cadence_days),
        desired_band = coalesce(given.desired_band, known.desired_band),
        overrides = coalesce(given.overrides, known.overrides)
    from given
    where known.person_id = given.person_id and known.initiative = given.initiative
      and (known.function, known.level, known.role, known.owner,
           known.importance, known.cadence_days, known.desired_band, known.overrides)
          is distinct from
          (coalesce(given.function, known.function), coalesce(given.level, known.level),
           coalesce(given.role, known.role), coalesce(given.owner, known.owner),
           coalesce(given.importance, known.importance), coalesce(given.cadence_days, known.cadence_days),
           coalesce(given.desired_band, known.desired_band), coalesce(given.overrides, known.overrides))
    returning known.relationship_id, known.initiative, given.stakeholder, false as is_new
),
added as (
    insert into roster.stakeholders (
        initiative, person_id, function, level, role, owner, importance, cadence_days, desired_band, overrides
    )
    select
        initiative, person_id, function, level, role, owner, coalesce(importance, 1), cadence_days, desired_band,
        coalesce(overrides, '{}')
    from given
    order by initiative, person_id
    on conflict do nothing
    returning relationship_id, initiative, person_id
),
stated as (
    insert into projector.states (relationship_id)
    select relationship_id from added
)
select * from changed
union all
select added.relationship_id, added.initiative, people.stakeholder, true
from added
join roster.people using (person_id)
