-- Which of the relationships $1 have days that hold something else than the log says, by more than $2.
with counted as (
    select
        relationship_id,
        day,
        count(*) filter (where is_touch) as touches,
        sum(contact * exp(0.6931471805599453 * (occurred - day * 86400.0) / contact_half_life)) as contact,
        sum(dialogue * exp(0.6931471805599453 * (occurred - day * 86400.0) / dialogue_half_life)) as dialogue
    from projector.contributions
    join projector.model using (version)
    where retracted_at is null and relationship_id = any($1)
    group by relationship_id, day
),
kept as (
    select relationship_id, day, touches, contact, dialogue from projector.days
    where relationship_id = any($1)
      -- of earlier days the log holds nothing any more
      and day >= coalesce((select floor(projector.epoch(before_at) / 86400) from projector.expiry), 0)
)
select
    stakeholders.initiative,
    people.stakeholder,
    array['days'] as differs,
    max(apart) as difference
from counted
full join kept using (relationship_id, day)
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
cross join lateral (
    select greatest(
        projector.apart(counted.touches, kept.touches),
        projector.apart(counted.contact, kept.contact),
        projector.apart(counted.dialogue, kept.dialogue)
    ) as apart
) as compared
where apart > $2
group by initiative, stakeholder
order by initiative, stakeholder
