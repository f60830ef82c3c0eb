-- End a mute before its time; the alerts service owns the rules.
select alerts.unmute(mute_id => $1, at => $2)
