-- Every relationship as it stood at a moment, lowest score first.
-- Trend and risk read the log, and a list does not show them: `attune explain` does.
select
    initiative, stakeholder, name, function, level, owner, score, band, contact, dialogue, depth, accord, strain,
    last_touch_at, next_planned_at, cadence_days, drifts_at, reasons, model
from attune.alignment_at($2)
where $1::text is null or initiative = $1
order by score nulls last, initiative, stakeholder
