-- What sources named an event, or wrote into a note, may speak of people too: the event stays, by its key.
update projector.log set
    event_id = case when event_id ~* $1 then 'forgotten:' || event_key else event_id end,
    event_source = case when event_source ~* $1 then 'forgotten' else event_source end,
    details = case when details::text ~* $1 then details - 'note' else details end
where lower(concat_ws(' ', event_id, event_source, details)) like any($2::text[])  -- first what is quick to tell
  and concat_ws(' ', event_id, event_source, details) ~* $1
