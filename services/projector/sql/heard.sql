-- Add what was heard to what other replicas heard within the same hours.
insert into projector.heard (source, hour, first_at, last_at, events, rejected)
select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::bigint[])
on conflict (source, hour) do update set
    first_at = least(heard.first_at, excluded.first_at),
    last_at = greatest(heard.last_at, excluded.last_at),
    events = heard.events + excluded.events,
    rejected = heard.rejected + excluded.rejected
