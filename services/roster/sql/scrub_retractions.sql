-- The same for events that were taken back.
update projector.retractions set event_id = 'forgotten:' || event_key, event_source = 'forgotten'
where concat_ws(' ', event_id, event_source) ~* $1
