-- Each view of `attune`, cut to the reader's initiatives; `sources` and `disabled` are about none and stay out.
-- Barriers: no condition of the reader is tried on a row before it is known to be theirs.
create view mine.alignment with (security_barrier) as
select * from attune.alignment where initiative = any(array(select initiative from mine.initiatives));

create view mine.coverage with (security_barrier) as
select * from attune.coverage where initiative = any(array(select initiative from mine.initiatives));

create view mine.organisation with (security_barrier) as
select * from attune.organisation where initiative = any(array(select initiative from mine.initiatives));

create view mine.drifts with (security_barrier) as
select * from attune.drifts where initiative = any(array(select initiative from mine.initiatives));

create view mine.commitments with (security_barrier) as
select * from attune.commitments where initiative = any(array(select initiative from mine.initiatives));

create view mine.plan with (security_barrier) as
select * from attune.plan where initiative = any(array(select initiative from mine.initiatives));

create view mine.replies with (security_barrier) as
select * from attune.replies where initiative = any(array(select initiative from mine.initiatives));

create view mine.mutes with (security_barrier) as
select * from attune.mutes where initiative = any(array(select initiative from mine.initiatives));

create view mine.alerts with (security_barrier) as
select * from attune.alerts where initiative = any(array(select initiative from mine.initiatives));

create view mine.suppressions with (security_barrier) as
select * from attune.suppressions where initiative = any(array(select initiative from mine.initiatives));

-- A message about no one alert, as a digest, is about several initiatives and so not here.
create view mine.deliveries with (security_barrier) as
select * from attune.deliveries where alert_id in (select id from mine.alerts);

create view mine.alert_history with (security_barrier) as
select * from attune.alert_history where alert_id in (select id from mine.alerts);

-- A touchpoint of no initiative counts for all of its person's; a person of others' initiatives stays unnamed.
create view mine.touchpoints with (security_barrier) as
select
    touchpoints.id,
    touchpoints.source,
    touchpoints.occurred_at,
    touchpoints.recorded_at,
    touchpoints.kind,
    touchpoints.direction,
    touchpoints.dose,
    touchpoints.initiative,
    known.stakeholder,
    touchpoints.retracted,
    touchpoints.planned
from attune.touchpoints
left join (
    select distinct people.stakeholder
    from roster.stakeholders
    join roster.people using (person_id)
    where stakeholders.initiative = any(array(select initiative from mine.initiatives))
) as known using (stakeholder)
where
    touchpoints.initiative = any(array(select initiative from mine.initiatives))
    or (touchpoints.initiative is null and known.stakeholder is not null);
