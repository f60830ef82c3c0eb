-- The forecast of each line and reason: from when to when it holds if nothing else happens. One row per relationship and
-- reason that holds or will; what has ended by itself meanwhile is gone.
create view attune.forecasts as
select
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    stakeholders.owner,
    forecast.reason,
    forecast.begins_at,
    forecast.ends_at,
    forecast.begins_at <= now() as holds
from alerts.watches
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
cross join lateral jsonb_to_recordset(watches.forecasts)
    as forecast (reason text, begins_at timestamptz, ends_at timestamptz)
where forecast.ends_at is null or forecast.ends_at > now();

comment on view attune.forecasts is 'For each reason of each relationship: from when to when it holds if nothing else happens.';
comment on column attune.forecasts.reason is 'fading, overdue, cooling, shallow, one_sided, unkept, shaken or never_met.';
comment on column attune.forecasts.begins_at is 'Since when it holds, or when silence will bring it.';
comment on column attune.forecasts.ends_at is 'When silence alone ends it; null where only something that happens can.';
comment on column attune.forecasts.holds is 'Whether it has begun.';
