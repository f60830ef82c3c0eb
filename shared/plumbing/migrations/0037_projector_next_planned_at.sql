-- The next meeting that is booked with the stakeholder after the moment.
create function projector.next_planned_at(relationship integer, moment timestamptz, known_at timestamptz)
returns timestamptz
language sql stable parallel safe
-- One plan for all rows: planning takes ten times as long as running it.
security definer set search_path = pg_catalog set plan_cache_mode = force_generic_plan  -- people who query see no more than this returns
return (
    select min(log.occurred_at)
    from roster.followed
    join projector.log on log.handle = followed.handle
        and (log.initiative is null or log.initiative = followed.initiative)
    where followed.relationship_id = relationship
      and log.planned
      and log.occurred_at > moment
      and (known_at is null and log.retracted_at is null
           or log.recorded_at <= known_at and (log.retracted_at is null or log.retracted_at > known_at))
);
