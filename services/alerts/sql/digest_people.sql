-- Who may want a digest, and when they last got one: whoever has something in hand, had a digest before, is named in the
-- policy, or was not told of something because of their budget or because it came late.
select people.person, digests.sent_at
from (
    select assignee from alerts.alerts where status <> 'resolved' and assignee is not null
    union
    select recipient from alerts.digests
    union
    select unnest($1::text[])
    union
    select recipient from alerts.suppressions where recipient is not null and reason in ('budget', 'late') and happened_at > $2
) as people (person)
left join alerts.digests on digests.recipient = people.person
order by person
