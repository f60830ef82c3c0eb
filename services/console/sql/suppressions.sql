-- What was held back and why, the latest first, from before a number on; of one alert, if it is given.
select number, alert_id, initiative, stakeholder, event, channel, reason, held_until, note, happened_at
from attune.suppressions
where ($1::text[] is null or initiative = any($1))
  and ($2::bigint is null or number < $2)
  and ($4::uuid is null or alert_id = $4)
order by number desc
limit $3
