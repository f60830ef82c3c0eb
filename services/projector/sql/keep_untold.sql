insert into projector.untold (relationship_id, reasons)
select relationship_id, string_to_array(reasons, ',')
from unnest($1::integer[], $2::text[]) as t (relationship_id, reasons)
on conflict (relationship_id) do update set reasons = untold.reasons || excluded.reasons
