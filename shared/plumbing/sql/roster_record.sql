-- Remembers changes in the order given.
insert into roster.log (changed_at, changed_by, change, initiative, stakeholder, before, after)
select $1, $2, $3, initiative, stakeholder, before::jsonb, after::jsonb
from unnest($4::text[], $5::text[], $6::text[], $7::text[])
    with ordinality as t (initiative, stakeholder, before, after, position)
order by position
