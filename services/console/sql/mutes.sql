-- Mutes that last or lie ahead, the one that ends first before the others.
select id, initiative, function, stakeholder, source, starts_at, ends_at, author, note
from attune.mutes
where ends_at > $2 and ($1::text[] is null or initiative = any($1))
order by ends_at, id
