-- The states of relationships as of the switch to the model in force, from no more than had been recorded by then.
select
    folded.relationship_id,
    in_force.switched_at,
    projector.epoch(folded.as_of) as as_of,
    folded.as_of as state_at,
    folded.contact,
    folded.dialogue,
    folded.depth,
    folded.accord,
    folded.strain,
    folded.touch_days,
    folded.evidence,
    folded.pace,
    folded.pace_slow,
    folded.first_touch_at,
    folded.last_touch_at,
    projector.epoch(coalesce(latest.occurred_at, folded.last_touch_at, folded.as_of)) as changed,
    latest.occurred_at as changed_at
from projector.in_force
cross join lateral projector.folded(in_force.version, $1, in_force.switched_at, in_force.switched_at) as folded
left join lateral (
    select max(log.occurred_at) as occurred_at
    from roster.followed
    join projector.log on log.handle = followed.handle
        and (log.initiative is null or log.initiative = followed.initiative)
    where followed.relationship_id = folded.relationship_id and not log.planned
      and log.occurred_at <= in_force.switched_at and log.recorded_at <= in_force.switched_at
      and (log.retracted_at is null or log.retracted_at > in_force.switched_at)
) as latest on true
