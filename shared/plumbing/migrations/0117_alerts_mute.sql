-- Mutes an initiative, a function, a person (the `stakeholder`) or a source until a moment; several given at once must
-- all match. Returns the mute's id; raises AT003 where something is missing or wrong.
create function alerts.mute(
    author text, at timestamptz, ends_at timestamptz, initiative text default null, function text default null,
    stakeholder text default null, source text default null, starts_at timestamptz default null, note text default null
) returns integer
language plpgsql
security definer set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    made integer;
begin
    if coalesce(btrim(mute.author), '') = '' then
        raise exception using errcode = 'AT003', message = 'author: is missing; say who mutes';
    end if;
    if num_nonnulls(mute.initiative, mute.function, mute.stakeholder, mute.source) = 0 then
        raise exception using errcode = 'AT003', message =
            'nothing to mute: name an initiative, a function, a stakeholder or a source';
    end if;
    if mute.ends_at is null or mute.ends_at <= greatest(mute.at, mute.starts_at) then
        raise exception using errcode = 'AT003', message =
            format('ends_at: %s must lie ahead, after the start', mute.ends_at);
    end if;
    insert into alerts.mutes (initiative, function, stakeholder, source, starts_at, ends_at, author, note, created_at)
    values (mute.initiative, mute.function, mute.stakeholder, mute.source, coalesce(mute.starts_at, mute.at),
        mute.ends_at, mute.author, mute.note, mute.at)
    returning mute_id into made;
    return made;
end
$$;
revoke execute on function alerts.mute from public;

-- Ends a mute before its time: what it held back is asked about anew at once, so that another mute or a night still
-- counts. Raises AT002 where there is none.
create function alerts.unmute(mute_id integer, at timestamptz) returns void
language plpgsql
security definer set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    ended_at timestamptz;
begin
    update alerts.mutes set ends_at = greatest(unmute.at, starts_at + interval '1 microsecond')
    where mutes.mute_id = unmute.mute_id and ends_at > unmute.at
    returning old.ends_at into ended_at;
    if not found then
        raise exception using errcode = 'AT002', message = format('there is no mute %s that still lasts', unmute.mute_id);
    end if;
    -- In the order in which alerts and their messages are locked everywhere.
    update alerts.alerts set act_at = unmute.at
    where act_at = ended_at and pending in ('escalated', 'reminded');
    update alerts.deliveries set next_attempt_at = unmute.at
    where held_for = 'muted' and next_attempt_at >= ended_at;
end
$$;
revoke execute on function alerts.unmute from public;
