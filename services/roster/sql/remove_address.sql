-- Takes one address from its person, in the roster's log as well.
with removed as (
    delete from roster.addresses where address = $1 returning person_id
)
update roster.log set
    before = case when before -> 'addresses' ? $1 then jsonb_set(before, '{addresses}', (before -> 'addresses') - $1)
             else before end,
    after = case when after -> 'addresses' ? $1 then jsonb_set(after, '{addresses}', (after -> 'addresses') - $1)
            else after end
where before -> 'addresses' ? $1 or after -> 'addresses' ? $1
