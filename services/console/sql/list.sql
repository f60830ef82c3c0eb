-- One page of relationships after a place in an order. :key, :type, :beyond and :way are put in by the store, from the
-- short list of orders there are.
select standings.relationship_id, (:key)::text as place
from console.standings
where ($1::text[] is null or standings.initiative = any($1))
  and ($2::text is null or standings.initiative = $2)
  and ($3::text is null or standings.band = $3)
  and ($4::text is null or standings.owner = $4)
  and ($5::text is null or standings.function = $5)
  and ($6::text is null or standings.level = $6)
  and ($7::text is null or $7 = any(standings.reasons))
  and ($8::text is null or standings.search like $8)
  and ($9::text is null or (:key, standings.relationship_id) :beyond ($9::text:::type, $10::integer))
order by :key :way, standings.relationship_id :way
limit $11
