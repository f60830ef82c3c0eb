-- Notes which judgement said something last about each alert.
insert into alerts.traces (alert_id, traceparent)
select distinct alert_id, $2 from unnest($1::uuid[]) as alert_id order by alert_id
on conflict (alert_id) do update set traceparent = excluded.traceparent
