-- Removes what happened before a midnight (UTC) from the log and carries what it was worth, so that nobody's state
-- changes. The caller holds the fold lock alone. Nothing that happened earlier is taken in any more.
create function projector.expire(midnight timestamptz, at timestamptz) returns bigint
language plpgsql as $$
declare
    model_version integer := projector.version_in_force();
    affected integer[] := array(
        select distinct followed.relationship_id
        from projector.log
        join roster.followed on followed.handle = log.handle
            and (log.initiative is null or log.initiative = followed.initiative)
        where log.occurred_at < midnight
    );
    removed bigint;
begin
    create temporary table lived on commit drop as
    select * from projector.folded(model_version, affected, 'infinity', null);

    delete from projector.log where occurred_at < midnight;
    get diagnostics removed = row_count;
    delete from projector.carried where relationship_id = any(affected);
    insert into projector.expiry (before_at, expired_at) values (midnight, at)
    on conflict (only_one) do update set
        before_at = greatest(expiry.before_at, excluded.before_at), expired_at = excluded.expired_at;

    insert into projector.carried
    select
        lived.relationship_id,
        lived.as_of,
        lived.touch_days - rest.touch_days,
        lived.first_touch_at,
        case when rest.last_touch_at is null then lived.last_touch_at end,
        -- rounding must not leave less than nothing
        greatest(0, lived.contact - projector.faded(rest.contact, since, contact_half_life)),
        greatest(0, lived.dialogue - projector.faded(rest.dialogue, since, dialogue_half_life)),
        greatest(0, lived.depth - projector.faded(rest.depth, since, depth_half_life)),
        greatest(0, lived.accord - projector.faded(rest.accord, since, accord_half_life)),
        greatest(0, lived.strain - projector.faded(rest.strain, since, strain_half_life)),
        greatest(0, lived.pace_fast - projector.faded(rest.pace_fast, since, pace_fast_half_life)),
        greatest(0, lived.pace - projector.faded(rest.pace, since, pace_half_life)),
        greatest(0, lived.pace_slow - projector.faded(rest.pace_slow, since, pace_slow_half_life)),
        greatest(0, lived.evidence - rest.evidence)
    from lived
    join projector.folded(model_version, affected, 'infinity', null) as rest using (relationship_id)
    cross join projector.model
    cross join lateral (
        select coalesce(projector.epoch(lived.as_of) - projector.epoch(rest.as_of), 0) as since
    ) as apart
    where lived.as_of is not null;
    drop table lived;
    return removed;
end
$$;
