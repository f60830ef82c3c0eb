create trigger history_is_kept before update or delete on alerts.history
for each row
when (pg_trigger_depth() = 0)  -- not by the key that takes it away with its alert
execute function alerts.keep_history();
