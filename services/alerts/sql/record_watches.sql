-- Keeps what each judgement came to, and when to look again; a state that changes meanwhile is woken anew.
with judged as materialized (
    select *
    from jsonb_to_recordset($1) as t (
        relationship_id integer, judged_at timestamptz, drifts_at timestamptz, drift_reason text, reasons text[],
        because jsonb, held_until timestamptz, held_by text, wake_at timestamptz, is_known boolean,
        forecasts jsonb, is_postponed boolean, is_untold boolean
    )
),
watched as (
    insert into alerts.watches (
        relationship_id, judged_at, drifts_at, drift_reason, reasons, because, held_until, held_by, is_known, forecasts
    )
    select
        relationship_id, judged_at, drifts_at, drift_reason, reasons, because, held_until, held_by, is_known, forecasts
    from judged
    where not is_postponed
    on conflict (relationship_id) do update set
        judged_at = excluded.judged_at,
        drifts_at = excluded.drifts_at,
        drift_reason = excluded.drift_reason,
        reasons = excluded.reasons,
        because = excluded.because,
        held_until = excluded.held_until,
        held_by = excluded.held_by,
        is_known = excluded.is_known,
        forecasts = excluded.forecasts
),
told as (
    delete from projector.untold
    using judged
    where untold.relationship_id = judged.relationship_id and not is_postponed and not is_untold
)
update projector.states set wake_at = coalesce(judged.wake_at, 'infinity')
from judged
where states.relationship_id = judged.relationship_id
