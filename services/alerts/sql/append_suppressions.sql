-- Notes what was held back, and why.
insert into alerts.suppressions (
    alert_id, relationship_id, event, channel, recipient, reason, held_until, note, happened_at
)
select alert_id, relationship_id, event, channel, recipient, reason, held_until, note, happened_at
from jsonb_to_recordset($1) as t (
    alert_id uuid, relationship_id integer, event text, channel text, recipient text, reason text,
    held_until timestamptz, note text, happened_at timestamptz
)
