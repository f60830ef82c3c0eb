-- Everybody judged and put somewhere: functions, levels, owners, what is desired of them; one in fifty with an open alert, one
-- in five with one that was resolved in the last quarter; what became of each, and who was told.
with judged as (
    insert into alerts.watches (relationship_id, judged_at, drifts_at, drift_reason, reasons)
    select relationship_id, now(), now() + interval '90 days' * (random() - 0.1), 'fading', '{}' from roster.stakeholders
), described as (
    update roster.stakeholders set
        function = 'f' || relationship_id % 12,
        level = 'l' || relationship_id % 5,
        owner = 'o' || relationship_id % 40,
        importance = 1 + relationship_id % 3,
        desired_band = (array['aligned', 'cooling', null])[1 + relationship_id % 3]
), told as (
    insert into alerts.alerts (
        alert_id, relationship_id, status, severity, reason, reasons, score, drifts_at, summary, opened_at, resolved_at
    )
    select gen_random_uuid(), relationship_id, case when is_open then 'open' else 'resolved' end, 'alert', 'fading',
        '[{"reason": "fading", "since": "2026-11-01T00:00:00Z"}]', 35, opened_at, 'Person is fading.', opened_at,
        case when not is_open then opened_at + (now() - opened_at) * random() end
    from (
        select relationship_id, relationship_id % 50 = 0 as is_open, now() - interval '90 days' * random() as opened_at
        from roster.stakeholders
        where relationship_id % 50 = 0 or relationship_id % 5 = 1
    ) as drifting
    returning alert_id, relationship_id, status, opened_at, coalesce(resolved_at, opened_at) as ended_at
), became as (
    insert into alerts.history (alert_id, event, actor, happened_at, cause)
    select told.alert_id, said.event, 'attune', said.happened_at, '[]'
    from told
    cross join lateral (values ('opened', opened_at), ('joined', opened_at), ('resolved', ended_at)) as said (event, happened_at)
    where said.event <> 'resolved' or told.status = 'resolved'
    order by said.happened_at
), held as (
    insert into alerts.suppressions (alert_id, relationship_id, event, channel, recipient, reason, note, happened_at)
    select alert_id, relationship_id, 'opened', 'mail', 'o1', (array['quiet', 'budget', 'planned'])[1 + relationship_id % 3],
        'Held.', opened_at
    from told
    order by opened_at
)
insert into alerts.deliveries (
    delivery_id, alert_id, event, channel, destination, payload, created_at, attempts, delivered_at
)
select gen_random_uuid(), alert_id, 'opened', channel, 'alerts.bench.fading', repeat('x', 1000), opened_at, 1, opened_at
from told
cross join (values ('nats'), ('mail')) as by (channel)
