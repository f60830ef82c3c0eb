-- Takes events back once, and folds anew the relationships they had fed.
with arrived as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
        as t (event_key, source, event_source, event_id)
),
fresh as (
    insert into projector.retractions (event_key, recorded_at, source, event_source, event_id)
    select distinct on (event_key) event_key, statement_timestamp(), source, event_source, event_id
    from arrived
    order by event_key
    on conflict do nothing
    returning event_key
),
retracted as (
    update projector.log set retracted_at = statement_timestamp()
    from fresh
    where log.event_key = fresh.event_key and log.retracted_at is null
    returning log.handle, log.initiative, log.planned
),
-- A plan fed nothing: its relationships are only judged anew.
woken as (
    update projector.model_states set wake_at = statement_timestamp()
    from retracted
    join roster.followed on followed.handle = retracted.handle
        and (retracted.initiative is null or retracted.initiative = followed.initiative)
    where retracted.planned and model_states.relationship_id = followed.relationship_id
)
select
    (select count(*) from fresh) as retractions,
    array(
        select distinct followed.relationship_id
        from retracted
        join roster.followed on followed.handle = retracted.handle
            and (retracted.initiative is null or retracted.initiative = followed.initiative)
        where not retracted.planned
    ) as relationships
