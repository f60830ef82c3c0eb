-- Lets out what was held back, holds it for longer, or withdraws it where it is not to be told at all.
update alerts.deliveries set
    next_attempt_at = t.at,
    payload = coalesce(t.payload, deliveries.payload),
    released_at = case when t.reason is null then $2::timestamptz end,
    held_for = case when t.at is not null then t.reason else held_for end,
    withdrawn_at = case when t.at is null then $2::timestamptz end,
    gave_up_at = case when t.at is null then $2::timestamptz end,
    last_error = case when t.at is null then 'withdrawn: ' || t.note end
from jsonb_to_recordset($1) as t (delivery_id uuid, at timestamptz, reason text, note text, payload text)
where deliveries.delivery_id = t.delivery_id
