-- Whoever owned relationships under one of these names or addresses owns them no more.
with rosters as (
    update roster.stakeholders set owner = null where lower(owner) = any($1::text[])
)
update roster.log set before = case when lower(before ->> 'owner') = any($1::text[]) then before - 'owner' else before end,
                      after = case when lower(after ->> 'owner') = any($1::text[]) then after - 'owner' else after end
where lower(before ->> 'owner') = any($1::text[]) or lower(after ->> 'owner') = any($1::text[])
