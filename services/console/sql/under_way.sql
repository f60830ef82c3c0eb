-- How many messages each channel has still to send: those that wait for their turn, those that failed and are tried again,
-- and those that are held back for a while.
select
    deliveries.channel,
    count(*) filter (where deliveries.held_for is null and deliveries.attempts = 0) as waiting,
    count(*) filter (where deliveries.held_for is null and deliveries.attempts > 0) as tried,
    count(*) filter (where deliveries.held_for is not null) as held
from alerts.deliveries
left join alerts.alerts using (alert_id)
left join roster.stakeholders using (relationship_id)
where deliveries.next_attempt_at is not null
  and ($1::text[] is null or coalesce(stakeholders.initiative, alerts.initiative) = any($1))
group by deliveries.channel
order by deliveries.channel
