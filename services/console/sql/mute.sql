-- Mute something until a moment; the alerts service owns the rules.
select alerts.mute(
    author => $1, at => $2, ends_at => $3, initiative => $4, function => $5, stakeholder => $6, source => $7, note => $8
) as id
