-- What became of each alert, in order.
create view attune.alert_history as
select number, alert_id, event, actor, happened_at, cause
from alerts.history;
