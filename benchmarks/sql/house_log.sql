-- Touchpoints of the last year, some people with many and many with few, more of them lately; one in a hundred is a meeting
-- that is booked, and nine in ten say who of us met them.
insert into projector.log (
    event_key, handle, by_handle, occurred_at, recorded_at, content, minutes, breadth, form, ordinal, planned, source,
    event_source, event_id
)
select gen_random_uuid(), people.handle,
    case when made.i % 10 > 0 then ('00000000-0000-4000-8000-' || lpad((made.place % 40)::text, 12, '0'))::uuid end,
    case when made.i % 100 = 0 then now() + (now() - made.at) / 12 else made.at end,
    made.at, 0, 30, 1, case when made.i % 100 = 0 then 130 else made.form end, 0, made.i % 100 = 0,
    'bench' || made.i % 4, 'bench', made.i::text
from (
    select i, now() - interval '365 days' * power(random(), 1.5) as at,
        (array[210, 220, 130, 531, 331])[1 + floor(random() * 5)::int] as form,
        1 + floor(power(random(), 1.6) * (select count(*) from roster.addresses))::int as place
    from generate_series(1, $1::int) as i
) as made
join (select handle, row_number() over () as place from roster.addresses) as people using (place)
