-- How each source is doing: what it has brought, when it was last heard, its rhythm, and whether it fell silent. Those
-- that may report and were never heard stand here too: they have brought nothing, and `last_event_at` is null.
create or replace view attune.sources as
select
    source,
    coalesce(logged.touchpoints, 0) as touchpoints,
    coalesce(logged.retracted, 0) as retracted,
    coalesce(logged.touchpoints_last_day, 0) as touchpoints_last_day,
    logged.first_recorded_at,
    logged.last_recorded_at,
    logged.last_occurred_at,
    greatest(health.last_event_at, logged.last_recorded_at) as last_event_at,
    coalesce(health.events_per_day, 0) as events_per_day,
    coalesce(health.rejected, 0) as rejected,
    health.usual_gap,
    health.stale_since,
    registered.added_at
from (
    select
        log.source,
        count(*) as touchpoints,
        count(*) filter (where log.retracted_at is not null) as retracted,
        count(*) filter (where log.recorded_at > now() - interval '1 day') as touchpoints_last_day,
        min(log.recorded_at) as first_recorded_at,
        max(log.recorded_at) as last_recorded_at,
        max(log.occurred_at) filter (where not log.planned) as last_occurred_at
    from projector.log
    group by log.source
) as logged
full join projector.source_health(now()) as health using (source)
full join projector.sources as registered using (source);

comment on column attune.sources.added_at is
'When it was added or got its present secrets; null where it may no longer report.';
