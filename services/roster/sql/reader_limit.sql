-- What a login ($1) may read; what an earlier one of its name might goes.
with gone as (
    delete from roster.readers where role = $1 and initiative <> all($2::text[])
)
insert into roster.readers select $1, unnest($2::text[]) on conflict do nothing
