-- The latest $1 changes of the roster, oldest first; of one initiative or person where $2 or $3 is given.
select number, changed_at, changed_by, change, initiative, stakeholder, before::text, after::text
from (
    select * from roster.log
    where ($2::text is null or initiative = $2) and ($3::text is null or stakeholder = $3)
    order by number desc
    limit $1
) as latest
order by number
