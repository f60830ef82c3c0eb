-- What each touchpoint brought to these relationships, from the first that still weighs something.
select
    contributions.relationship_id,
    contributions.event_key,
    contributions.ordinal,
    projector.epoch(contributions.occurred_at) as occurred,
    contributions.contact,
    contributions.dialogue,
    contributions.depth,
    contributions.accord,
    contributions.strain,
    contributions.is_touch::integer as is_touch,
    contributions.recorded_at,
    contributions.retracted_at
from projector.contributions
where contributions.version = $1
  and contributions.relationship_id = any($2)
  and contributions.occurred_at > $3
  and contributions.occurred_at <= $4
