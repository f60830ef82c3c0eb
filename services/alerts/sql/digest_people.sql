-- Who may want a digest: whoever has something in hand, had a digest before, or is named in the policy, and when they last got one.
select people.person, digests.sent_at
from (
    select assignee from alerts.alerts where status <> 'resolved' and assignee is not null
    union
    select recipient from alerts.digests
    union
    select unnest($1::text[])
) as people (person)
left join alerts.digests on digests.recipient = people.person
order by person
