-- Sends dead letters (and delivered ones if $3) of an alert, or of all when null, once more; days of patience begin anew.
with wanted as (
    update alerts.deliveries
    set next_attempt_at = $4, first_attempt_at = null, attempts = 0, delivered_at = null, gave_up_at = null, withdrawn_at = null,
        last_error = null, held_for = null
    where ($1::uuid is null or alert_id = $1) and ($2::text is null or channel = $2)
      and (gave_up_at is not null and withdrawn_at is null or $3 and delivered_at is not null)
    returning alert_id, channel, destination
),
enabled as (
    delete from alerts.disabled using wanted
    where disabled.channel = wanted.channel and disabled.destination = wanted.destination
),
noted as (
    insert into alerts.history (alert_id, event, actor, happened_at, cause)
    select alert_id, 'resent', $5, $4, jsonb_agg(jsonb_build_object('channel', channel, 'destination', destination))
    from wanted
    where alert_id is not null
    group by alert_id
)
select count(*) from wanted
