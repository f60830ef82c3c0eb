-- Takes back what was held until its alert was over: nobody wants to read in the morning of what ended at night.
with withdrawn as (
    update alerts.deliveries
    set withdrawn_at = $2, gave_up_at = $2, next_attempt_at = null, last_error = 'withdrawn: resolved while it was held back'
    where alert_id = any($1) and attempts = 0 and held_for is not null and next_attempt_at > $2
    returning alert_id, event, channel
)
insert into alerts.suppressions (alert_id, event, channel, reason, note, happened_at)
select alert_id, event, channel, 'resolved', 'it was over before it could be told', $2
from withdrawn
