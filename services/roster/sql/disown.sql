-- Whoever owned relationships under one of these names or addresses owns them no more, and has no alert in hand: who it
-- is about stays to be alerted of.
with rosters as (
    update roster.stakeholders set owner = null where lower(owner) = any($1::text[])
),
in_hand as (
    update alerts.alerts set assignee = null where lower(assignee) = any($1::text[])
),
-- What the console keeps of the views names owners too, until it reads them anew.
cells as (
    update console.coverage set owners = array(select its from unnest(owners) as its where lower(its) <> all($1::text[]))
    where exists (select from unnest(owners) as its where lower(its) = any($1::text[]))
),
parts as (
    update console.organisation set owners = array(select its from unnest(owners) as its where lower(its) <> all($1::text[]))
    where exists (select from unnest(owners) as its where lower(its) = any($1::text[]))
)
update roster.log set before = case when lower(before ->> 'owner') = any($1::text[]) then before - 'owner' else before end,
                      after = case when lower(after ->> 'owner') = any($1::text[]) then after - 'owner' else after end
where lower(before ->> 'owner') = any($1::text[]) or lower(after ->> 'owner') = any($1::text[])
