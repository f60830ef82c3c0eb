-- What became of each alert, in order, with what people said about it.
create or replace view attune.alert_history as
select number, alert_id, event, actor, happened_at, cause, note
from alerts.history;
