-- What a person does about an alert; the console and the commands both call it. Actions: acknowledge, snooze (until a
-- moment), resolve and comment (with a note), assign (the note is who). Raises AT001 where the alert's state does not
-- allow it, AT002 where there is no such alert, AT003 where something that the action needs is missing or wrong.
create function alerts.act(
    alert_id uuid, action text, actor text, at timestamptz,
    until_at timestamptz default null, note text default null
) returns setof attune.alerts
language plpgsql
security definer set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    alert alerts.alerts;
    said text := nullif(btrim(act.note), '');
    done text := case act.action
        when 'acknowledge' then 'acknowledged' when 'snooze' then 'snoozed' when 'resolve' then 'resolved'
        when 'comment' then 'commented' when 'assign' then 'assigned'
    end;
begin
    if done is null then
        raise exception using errcode = 'AT003', message =
            format('action: %L is none; use acknowledge, snooze, resolve, comment or assign', act.action);
    end if;
    if coalesce(btrim(act.actor), '') = '' then
        raise exception using errcode = 'AT003', message = 'actor: is missing; say who acts';
    end if;
    if act.action in ('resolve', 'comment', 'assign') and said is null then
        raise exception using errcode = 'AT003', message = case act.action
            when 'assign' then 'note: is missing; say to whom' else format('note: is missing; say why, to %s', act.action) end;
    end if;
    if act.action = 'snooze' and act.until_at is null then
        raise exception using errcode = 'AT003', message = 'until_at: is missing; a snooze always ends';
    end if;
    if act.action = 'snooze' and (act.until_at <= act.at or act.until_at > act.at + interval '366 days') then
        raise exception using errcode = 'AT003', message =
            format('until_at: %s must lie ahead, a year at most', act.until_at);
    end if;

    select * into alert from alerts.alerts where alerts.alert_id = act.alert_id for update;
    if not found then
        raise exception using errcode = 'AT002', message = format('there is no alert %s', act.alert_id);
    end if;
    if alert.status = 'resolved' and act.action <> 'comment' then
        raise exception using errcode = 'AT001', message = format(
            'alert %s is resolved since %s: if it comes back, it comes as a new one', left(act.alert_id::text, 8), alert.resolved_at);
    end if;
    if alert.status = 'acknowledged' and act.action = 'acknowledge' then
        raise exception using errcode = 'AT001', message = format(
            'alert %s is acknowledged already, since %s', left(act.alert_id::text, 8), alert.acknowledged_at);
    end if;

    update alerts.alerts set
        status = case when act.action in ('acknowledge', 'snooze', 'resolve') then done else alert.status end,
        acknowledged_at = case when act.action = 'acknowledge' then act.at else alert.acknowledged_at end,
        snoozed_until = case act.action
            when 'snooze' then act.until_at when 'acknowledge' then null when 'resolve' then null
            else alert.snoozed_until end,
        resolved_at = case when act.action = 'resolve' then act.at else alert.resolved_at end,
        assignee = case when act.action = 'assign' then said else alert.assignee end,
        pending = case when act.action = 'comment' then alert.pending else done end,
        act_at = case when act.action = 'comment' then alert.act_at else act.at end
    where alerts.alert_id = act.alert_id;

    insert into alerts.history (alert_id, event, actor, happened_at, cause, note) values (
        act.alert_id, done, act.actor, act.at,
        case when act.action = 'snooze' then jsonb_build_array(jsonb_build_object('until', act.until_at)) else '[]' end,
        said
    );

    if act.action = 'resolve' then
        -- What holds now has been dealt with: only what comes to hold later opens another alert.
        insert into alerts.watches (relationship_id, judged_at, settled_at)
        select alert.relationship_id, act.at, act.at where alert.relationship_id is not null
        on conflict (relationship_id) do update set settled_at = excluded.settled_at;
        insert into alerts.settled (initiative, part, source, settled_at)
        select alert.initiative, alert.part, alert.source, act.at where alert.relationship_id is null
        on conflict (initiative, part, source) do update set settled_at = excluded.settled_at;
    end if;

    return query select * from attune.alerts where alerts.id = act.alert_id;
end
$$;
revoke execute on function alerts.act from public;
