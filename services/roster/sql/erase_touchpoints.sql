-- Takes what is logged under these handles out of the log, and returns which events of others lost their first person.
with gone as (
    delete from projector.log where handle = any($1::uuid[]) returning event_key, ordinal
),
ours as (
    update projector.log set by_handle = null where by_handle = any($1::uuid[]) and handle <> all($1::uuid[])
)
select count(*) as touchpoints, array_agg(event_key) filter (where ordinal = 0) as heads from gone
