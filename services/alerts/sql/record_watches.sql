-- Keeps what each judgement came to, and when to look again; a state that changes meanwhile is woken anew.
with judged as materialized (
    select *
    from jsonb_to_recordset($1) as t (
        relationship_id integer, judged_at timestamptz, drifts_at timestamptz, drift_reason text, reasons text[],
        held_until timestamptz, wake_at timestamptz, is_postponed boolean
    )
),
watched as (
    insert into alerts.watches (relationship_id, judged_at, drifts_at, drift_reason, reasons, held_until)
    select relationship_id, judged_at, drifts_at, drift_reason, reasons, held_until
    from judged
    where not is_postponed
    on conflict (relationship_id) do update set
        judged_at = excluded.judged_at,
        drifts_at = excluded.drifts_at,
        drift_reason = excluded.drift_reason,
        reasons = excluded.reasons,
        held_until = excluded.held_until
)
update projector.states set wake_at = coalesce(judged.wake_at, 'infinity')
from judged
where states.relationship_id = judged.relationship_id
