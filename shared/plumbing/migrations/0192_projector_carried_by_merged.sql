-- What is carried for each relationship, with what was carried for those whom merges have made one with it.
create view projector.carried_by as
with carried as (
    select carried.* from projector.carried join roster.stakeholders using (relationship_id)
    union all
    select
        ours.relationship_id, gone.as_of, gone.touch_days, gone.first_touch_at, gone.last_touch_at, gone.contact,
        gone.dialogue, gone.depth, gone.accord, gone.strain, gone.pace_fast, gone.pace, gone.pace_slow, gone.evidence
    from roster.merges
    cross join lateral jsonb_to_recordset(merges.relationships) as theirs (relationship_id integer, initiative text)
    join projector.carried as gone on gone.relationship_id = theirs.relationship_id
    join roster.stakeholders as ours on ours.person_id = merges.person_id and ours.initiative = theirs.initiative
    where not exists (
        select from roster.stakeholders as still where still.relationship_id = theirs.relationship_id)
),
latest as (
    select relationship_id, max(as_of) as as_of from carried group by relationship_id
)
select
    relationship_id,
    latest.as_of,
    sum(touch_days)::integer as touch_days,
    min(first_touch_at) as first_touch_at,
    max(last_touch_at) as last_touch_at,
    sum(projector.faded(contact, projector.epoch(latest.as_of) - projector.epoch(carried.as_of), contact_half_life)) as contact,
    sum(projector.faded(dialogue, projector.epoch(latest.as_of) - projector.epoch(carried.as_of), dialogue_half_life)) as dialogue,
    sum(projector.faded(depth, projector.epoch(latest.as_of) - projector.epoch(carried.as_of), depth_half_life)) as depth,
    sum(projector.faded(accord, projector.epoch(latest.as_of) - projector.epoch(carried.as_of), accord_half_life)) as accord,
    sum(projector.faded(strain, projector.epoch(latest.as_of) - projector.epoch(carried.as_of), strain_half_life)) as strain,
    sum(projector.faded(pace_fast, projector.epoch(latest.as_of) - projector.epoch(carried.as_of), pace_fast_half_life)) as pace_fast,
    sum(projector.faded(pace, projector.epoch(latest.as_of) - projector.epoch(carried.as_of), pace_half_life)) as pace,
    sum(projector.faded(pace_slow, projector.epoch(latest.as_of) - projector.epoch(carried.as_of), pace_slow_half_life)) as pace_slow,
    sum(evidence) as evidence
from carried
join latest using (relationship_id)
cross join projector.model
group by relationship_id, latest.as_of;
