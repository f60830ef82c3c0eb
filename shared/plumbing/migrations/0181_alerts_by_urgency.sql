-- The order of lists: what holds before what is only foreseen, and the latest first.
create index alerts_by_urgency on alerts.alerts ((severity = 'alert') desc, opened_at desc, alert_id desc);
