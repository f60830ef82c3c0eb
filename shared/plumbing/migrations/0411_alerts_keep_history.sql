-- Refuses to change what has been noted of an alert; only with the alert itself it goes, as when somebody is forgotten.
create function alerts.keep_history() returns trigger
language plpgsql
as $$
begin
    raise exception using errcode = 'AT002', message =
        'the history of alerts is appended to, never changed: note what is so now instead (alerts.act, comment)';
end
$$;
revoke execute on function alerts.keep_history from public;
