-- Each answer within a thread, to whom it was given, and how long it took: `inbound` is theirs, `outbound` is ours.
create view attune.replies as
select
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    stakeholders.owner,
    talk.direction,
    talk.asked_at,
    talk.occurred_at as answered_at,
    talk.occurred_at - talk.asked_at as took
from (
    select
        followed.relationship_id,
        forms.direction,
        log.occurred_at,
        lag(log.occurred_at) over thread as asked_at,
        lag(forms.direction) over thread as asked
    from roster.followed
    join projector.log on log.handle = followed.handle
        and (log.initiative is null or log.initiative = followed.initiative)
    join projector.forms using (form)
    where log.details ? 'thread' and log.retracted_at is null and forms.direction <> 'mutual'
    window thread as (
        partition by followed.relationship_id, log.details ->> 'thread' order by log.occurred_at, log.event_key
    )
) as talk
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
where talk.direction <> talk.asked;
