-- Everyone judged, one in fifty with an alert, and a roster with functions, levels and owners.
with judged as (
    insert into alerts.watches (relationship_id, judged_at, drifts_at, drift_reason, reasons)
    select relationship_id, now(), now() + interval '90 days' * (random() - 0.1), 'fading', '{}' from roster.stakeholders
), described as (
    update roster.stakeholders set
        function = 'f' || relationship_id % 12, level = 'l' || relationship_id % 5, owner = 'o' || relationship_id % 40
)
insert into alerts.alerts (alert_id, relationship_id, status, severity, reason, reasons, score, drifts_at, summary, opened_at)
select gen_random_uuid(), relationship_id, 'open', 'alert', 'fading', '[{"reason": "fading", "since": "2026-11-01T00:00:00Z"}]',
    35, now(), 'Person is fading.', now() - interval '30 days' * random()
from roster.stakeholders
where relationship_id % 50 = 0
