-- Who may want a digest: whoever has something in hand or is named in the policy, and when they last got one.
select people.person, digests.sent_at
from (
    select distinct assignee from alerts.alerts where assignee is not null
    union
    select unnest($1::text[])
) as people (person)
left join alerts.digests on digests.recipient = people.person
order by person
