-- Remembers since when each part has had each hole, and forgets holes that are filled.
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
select $1, part, reason, $2 from found
on conflict (initiative, part, reason) do update set since = known.since
returning part, reason, since
