-- What was held back and why, the latest first, from before a number on; of one alert, if it is given.
select held.number, held.alert_id, held.initiative, held.stakeholder, people.name, held.event, held.channel, held.reason,
    held.held_until, held.note, held.happened_at
from attune.suppressions as held
left join roster.people using (stakeholder)
where ($1::text[] is null or held.initiative = any($1))
  and ($2::bigint is null or held.number < $2)
  and ($4::uuid is null or held.alert_id = $4)
order by held.number desc
limit $3
