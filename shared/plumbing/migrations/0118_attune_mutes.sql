-- What is muted, by whom, why and until when.
create view attune.mutes as
select mute_id as id, initiative, function, stakeholder, source, starts_at, ends_at, author, note, created_at
from alerts.mutes;

-- Everything that was held back, and why.
create view attune.suppressions as
select
    suppressions.number,
    suppressions.alert_id,
    coalesce(about.initiative, stakeholders.initiative) as initiative,
    coalesce(about.stakeholder, people.stakeholder) as stakeholder,
    suppressions.event,
    suppressions.channel,
    suppressions.reason,
    suppressions.held_until,
    suppressions.note,
    suppressions.happened_at,
    suppressions.recipient
from alerts.suppressions
left join attune.alerts as about on about.id = suppressions.alert_id
left join roster.stakeholders on stakeholders.relationship_id = suppressions.relationship_id
left join roster.people on people.person_id = stakeholders.person_id;
