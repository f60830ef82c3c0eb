-- Every handle of the log under one more key; addresses are not needed for it.
update projector.log set
    handle = roster.rekeyed($1, $2, handle),
    by_handle = roster.rekeyed($1, $2, by_handle),
    content = roster.rekeyed($1, $2, content),
    details = case
        when details ? 'thread' then jsonb_set(details, '{thread}', to_jsonb(encode(
            roster.rekeyed($1, $2, decode(details ->> 'thread', 'hex')), 'hex')))
        else details end
