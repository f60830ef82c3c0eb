-- What lies ahead with the stakeholder after the moment: the next meeting that is booked, or the next promise that is due,
-- whichever comes first.
create function projector.next_planned_at(relationship integer, moment timestamptz, known_at timestamptz)
returns timestamptz
language sql stable parallel safe
-- One plan for all rows: planning takes ten times as long as running it.
security definer set search_path = pg_catalog set plan_cache_mode = force_generic_plan  -- people who query see no more than this returns
return least(
    (
        select min(log.occurred_at)
        from roster.followed
        join projector.log on log.handle = followed.handle
            and (log.initiative is null or log.initiative = followed.initiative)
        where followed.relationship_id = relationship
          and log.planned
          and log.occurred_at > moment
          and (known_at is null and log.retracted_at is null
               or log.recorded_at <= known_at and (log.retracted_at is null or log.retracted_at > known_at))
    ),
    (
        select min(promise.due_at)
        from (
            select
                (array_agg(log.details #>> '{commitment,state}' order by log.occurred_at desc, log.recorded_at desc))[1] as state,
                -- a word without a moment leaves the last agreed one
                (array_agg((log.details #>> '{commitment,due_at}')::timestamptz
                    order by log.details #>> '{commitment,due_at}' is null, log.occurred_at desc, log.recorded_at desc))[1] as due_at
            from roster.followed
            join projector.log on log.handle = followed.handle
                and (log.initiative is null or log.initiative = followed.initiative)
            where followed.relationship_id = relationship
              and log.form between 600 and 699
              and log.occurred_at <= moment
              and (known_at is null and log.retracted_at is null
                   or log.recorded_at <= known_at and (log.retracted_at is null or log.retracted_at > known_at))
            group by log.details #>> '{commitment,ref}'
        ) as promise
        where promise.state in ('made', 'renegotiated') and promise.due_at > moment
    )
);
