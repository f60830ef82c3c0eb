-- Keeps a verdict that differs from the one before, whoever writes it: a service of the version before this one as well.
create function alerts.keep_verdict() returns trigger
language plpgsql
security definer set search_path = pg_catalog  -- whoever judges can neither change nor remove what was said
as $$
begin
    insert into alerts.verdicts (relationship_id, judged_at, drifts_at, reasons)
    values (new.relationship_id, new.judged_at, new.drifts_at, new.reasons)
    on conflict (relationship_id, judged_at) do update set drifts_at = excluded.drifts_at, reasons = excluded.reasons;
    return null;
end
$$;
revoke execute on function alerts.keep_verdict from public;
create trigger first_verdict_is_kept after insert on alerts.watches
for each row
execute function alerts.keep_verdict();
create trigger verdict_is_kept after update on alerts.watches
for each row
when (row(old.drifts_at, old.reasons) is distinct from row(new.drifts_at, new.reasons))
execute function alerts.keep_verdict();

-- What stands there already; nobody judges while the triggers are made.
insert into alerts.verdicts (relationship_id, judged_at, drifts_at, reasons)
select relationship_id, judged_at, drifts_at, reasons from alerts.watches;
