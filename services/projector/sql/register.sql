-- Keep exactly the sources that are registered; what has not changed is not written.
with gone as (
    delete from projector.sources where source <> all($1::text[])
)
insert into projector.sources (source, added_at)
select * from unnest($1::text[], $2::timestamptz[])
except
select source, added_at from projector.sources
order by 1
on conflict (source) do update set added_at = excluded.added_at
