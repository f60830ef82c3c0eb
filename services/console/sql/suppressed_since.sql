-- How much was held back since a moment, by reason.
select reason, count(*) as count
from attune.suppressions
where happened_at > $2 and ($1::text[] is null or initiative = any($1))
group by reason
order by count desc, reason
