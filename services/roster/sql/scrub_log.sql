-- What sources named an event, its initiative or its promise, or wrote into a note, may speak of people too: the event
-- stays, by its key. An initiative that a roster names stays as well: its name is the team's to change.
with refs as (
    -- One promise stays one, whatever has been said of it since.
    select details #>> '{commitment,ref}' as ref, 'forgotten:' || min(event_key::text) as forgotten
    from projector.log
    where form between 600 and 699 and lower(details #>> '{commitment,ref}') like any($2::text[])
    group by 1
)
update projector.log set
    event_id = case when event_id ~* $1 then 'forgotten:' || event_key else event_id end,
    event_source = case when event_source ~* $1 then 'forgotten' else event_source end,
    initiative = case
        when initiative ~* $1 and not exists (select from roster.initiatives as named where named.initiative = log.initiative)
        then 'forgotten:' || event_key else initiative end,
    details = case
        when (details #> '{commitment,ref}')::text ~* $1 then jsonb_set(details - 'note', '{commitment,ref}', to_jsonb(
            (select forgotten from refs where ref = details #>> '{commitment,ref}')))
        when details::text ~* $1 then details - 'note' else details end
where lower(concat_ws(' ', event_id, event_source, initiative, details)) like any($2::text[])  -- first what is quick to tell
  and concat_ws(' ', event_id, event_source, initiative, details) ~* $1
