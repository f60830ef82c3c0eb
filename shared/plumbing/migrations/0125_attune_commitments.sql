-- Commitments: who promised what to whom by its reference, until when, and how it stands.
create view attune.commitments as
select
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    stakeholders.owner,
    commitments.ref,
    commitments.by,
    commitments.state,
    commitments.due_at,
    commitments.state in ('made', 'renegotiated') as is_open,
    commitments.state in ('made', 'renegotiated') and commitments.due_at < now() as is_past_due,
    commitments.made_at,
    commitments.renegotiated_at,
    commitments.kept_at,
    commitments.broken_at,
    commitments.changed_at
from alerts.commitments
join roster.stakeholders using (relationship_id)
join roster.people using (person_id);
