-- Which of these names somebody else has too, as a whole or as a part of theirs.
select distinct given.name
from unnest($1::text[]) as given (name)
join roster.people on strpos(lower(people.name), lower(given.name)) > 0
where people.person_id is distinct from $2
