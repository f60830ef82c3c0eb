-- Touchpoints of the last year, some people with many and many with few, more of them lately.
insert into projector.log (
    event_key, handle, occurred_at, recorded_at, content, minutes, breadth, form, ordinal, planned, source, event_source,
    event_id
)
select gen_random_uuid(), people.handle, made.at, made.at, 0, 30, 1, made.form, 0, false, 'bench', 'bench', made.i::text
from (
    select i, now() - interval '365 days' * power(random(), 1.5) as at,
        (array[210, 220, 130, 531, 331])[1 + floor(random() * 5)::int] as form,
        1 + floor(power(random(), 1.6) * (select count(*) from roster.addresses))::int as place
    from generate_series(1, $1::int) as i
) as made
join (select handle, row_number() over () as place from roster.addresses) as people using (place)
