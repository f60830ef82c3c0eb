-- What was agreed with whom and how it stands, from the log: the latest word about each `ref` decides.
create view alerts.commitments as
with said as (
    select
        followed.relationship_id,
        log.details -> 'commitment' ->> 'ref' as ref,
        log.details -> 'commitment' ->> 'state' as state,
        log.details -> 'commitment' ->> 'by' as by,
        (log.details -> 'commitment' ->> 'due_at')::timestamptz as due_at,
        log.occurred_at,
        log.recorded_at
    from roster.followed
    join projector.log on log.handle = followed.handle
        and (log.initiative is null or log.initiative = followed.initiative)
    where log.form between 600 and 699 and log.retracted_at is null
)
select
    relationship_id,
    ref,
    (array_agg(state order by occurred_at desc, recorded_at desc))[1] as state,
    (array_agg(by order by occurred_at desc, recorded_at desc))[1] as by,
    -- a word without a moment leaves the last agreed one
    (array_agg(due_at order by due_at is null, occurred_at desc, recorded_at desc))[1] as due_at,
    min(occurred_at) filter (where state = 'made') as made_at,
    max(occurred_at) filter (where state = 'renegotiated') as renegotiated_at,
    max(occurred_at) filter (where state = 'kept') as kept_at,
    max(occurred_at) filter (where state = 'broken') as broken_at,
    max(occurred_at) as changed_at
from said
group by relationship_id, ref;
