-- Tells machines that an alert is over whose subject goes, forgotten or taken off the roster: a pager would call for
-- ever. Of whom it was says nothing: the alert's id is all that they know it by. In the deleting transaction, which no
-- payload may hinder.
create or replace function alerts.ended() returns trigger
language plpgsql
as $$
begin
    insert into alerts.deliveries (
        delivery_id, event, channel, destination, payload, created_at, next_attempt_at, released_at
    )
    select
        gen_random_uuid(), 'resolved', called.channel, called.destination,
        case when called.said ? 'dedup_key'
            then jsonb_build_object('event_action', 'resolve', 'dedup_key', old.alert_id)
            else jsonb_build_object(
                'type', 'attune.alert.resolved.v1', 'timestamp', now(),
                'data', (select jsonb_object_agg(name, null) from jsonb_object_keys(called.said -> 'data') as name)
                    || jsonb_build_object(
                        'id', old.alert_id, 'status', 'resolved', 'severity', old.severity, 'reason', old.reason,
                        'reasons', jsonb_build_array(), 'summary', 'What this was about is no longer kept.')
            )
        end,
        now(), called.next_attempt_at, now()
    from (
        select distinct on (channel, destination)
            channel, destination,
            case when payload is json object then payload::jsonb end as said,
            -- what is on its way right now must not come after its end
            case when bool_or(next_attempt_at is not null) over places then now() + interval '30 seconds' else now() end
                as next_attempt_at,
            bool_or(event = 'resolved' and delivered_at is not null) over places as has_ended
        from alerts.deliveries
        where alert_id = old.alert_id and attempts > 0 and recipient is null
        window places as (partition by channel, destination)
        order by channel, destination, number
    ) as called
    where not called.has_ended
      and (called.said ? 'dedup_key' or called.said -> 'data' ? 'id')
      and not exists (
          select from alerts.disabled
          where disabled.channel = called.channel and disabled.destination = called.destination
      );
    return old;
end
$$;
