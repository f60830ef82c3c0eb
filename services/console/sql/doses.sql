-- What the touchpoints of these relationships brought that count by what is known now, a column after the other, in no order.
-- As arrays: a page of a list has thousands of touchpoints, and each value of a row of its own costs a look.
select
    contributions.relationship_id,
    array_agg(contributions.occurred) as occurred,
    array_agg(contributions.contact) as contact,
    array_agg(contributions.dialogue) as dialogue,
    array_agg(contributions.depth) as depth,
    array_agg(contributions.accord) as accord,
    array_agg(contributions.strain) as strain,
    array_agg(contributions.is_touch::integer::double precision) as is_touch
from projector.contributions
where contributions.version = $1
  and contributions.relationship_id = any($2)
  and contributions.occurred_at > $3
  and contributions.occurred_at <= $4
  and contributions.retracted_at is null
group by contributions.relationship_id
