select distinct traceparent from projector.traces where relationship_id = any ($1::integer[])
