-- The same for events that were taken back.
update projector.retractions set event_id = 'forgotten:' || event_key, event_source = 'forgotten'
where lower(concat_ws(' ', event_id, event_source)) like any($2::text[])
  and concat_ws(' ', event_id, event_source) ~* $1
