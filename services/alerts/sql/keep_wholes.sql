-- Remembers since when each part has had each hole, and forgets holes that are filled. What is there at the first look
-- after a switch, and was not at the last one before ($4), came with the model: as if it had always been there.
with found as (
    select * from jsonb_to_recordset($3) as t (part text, reason text)
),
filled as (
    delete from alerts.wholes
    where initiative = $1 and not exists (
        select from found where found.part = wholes.part and found.reason = wholes.reason
    )
)
insert into alerts.wholes as known (initiative, part, reason, since)
select $1, part, reason, case when $4 <= in_force.switched_at then 'epoch'::timestamptz else $2 end
from found cross join projector.in_force
on conflict (initiative, part, reason) do update set since = known.since
returning part, reason, since
