-- Every relationship as it stands now, lowest score first; who cannot be judged yet comes last.
-- Trend and risk read the log, and a list does not show them: `attune explain` does.
select
    initiative, stakeholder, name, function, level, owner, score, band, contact, dialogue, depth, accord, strain,
    last_touch_at, next_planned_at, cadence_days, drifts_at, reasons, model
from attune.alignment
where $1::text is null or initiative = $1
order by score nulls last, initiative, stakeholder
