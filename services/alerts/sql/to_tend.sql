-- All that saying something about the given alerts needs.
select
    alerts.alert_id, alerts.relationship_id, alerts.status, alerts.severity, alerts.reason, alerts.reasons, alerts.score,
    alerts.drifts_at, alerts.summary, alerts.pending, alerts.assignee, alerts.snoozed_until, alerts.steps,
    about.initiative, about.stakeholder, about.name, about.owner, about.function, about.level, about.part, about.source,
    coalesce(stakeholders.importance, 1) as importance,
    states.last_touch_at,
    latest.source as last_source,
    coalesce(by_hand.events, '[]') as by_hand,
    told.told_at
from alerts.alerts
join attune.alerts as about on about.id = alerts.alert_id
left join roster.stakeholders on stakeholders.relationship_id = alerts.relationship_id
left join projector.states on states.relationship_id = alerts.relationship_id
left join lateral (
    select log.source
    from roster.followed
    join projector.log on log.handle = followed.handle
    where followed.relationship_id = alerts.relationship_id and not log.planned and log.retracted_at is null
    order by log.occurred_at desc
    limit 1
) as latest on true
-- what people did since it was last told: each is told, though the next may have come before that
left join lateral (
    select jsonb_agg(to_jsonb(done) order by done.number) as events
    from (
        select history.number, history.event, history.actor, history.happened_at, history.note
        from alerts.history
        where history.alert_id = alerts.alert_id and history.number > alerts.told_number and history.event = any($3)
    ) as done
) as by_hand on true
-- since when people, or machines where no people are told, know of the last call; nobody is waited for who is not told
left join lateral (
    select coalesce(min(known.at) filter (where known.recipient is not null), min(known.at), last.happened_at) as told_at
    from (
        select history.event, history.happened_at
        from alerts.history
        where history.alert_id = alerts.alert_id and history.event = any($2)
        order by history.number desc
        limit 1
    ) as last
    left join lateral (
        select recipient, coalesce(released_at, next_attempt_at) as at
        from alerts.deliveries
        where deliveries.alert_id = alerts.alert_id and deliveries.event = last.event
          and created_at >= last.happened_at and withdrawn_at is null
    ) as known on true
    group by last.happened_at
) as told on true
where alerts.alert_id = any($1)
order by alerts.act_at
