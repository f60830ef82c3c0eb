-- Which of the given names nothing bears, each with some of those that there are instead, where they are few.
with given (kind, name) as (
    values ('initiative', $1::text), ('function', $2::text), ('stakeholder', $3::text), ('source', $4::text), ('owner', $5::text)
),
known (kind, name) as (
    select 'initiative', initiative from roster.initiatives
    union
    select 'function', function from roster.stakeholders where $2 is not null
    union
    select 'stakeholder', stakeholder from roster.people where stakeholder = $3
    union
    select 'source', source from projector.sources
    union
    select 'source', source from projector.heard
    union
    select 'owner', owner from roster.stakeholders where $5 is not null
    union
    -- whoever something was handed to, or told
    select 'owner', assignee from alerts.alerts where $5 is not null
    union
    select 'owner', recipient from alerts.suppressions where $5 is not null
    union
    select 'owner', recipient from alerts.deliveries where $5 is not null
    union
    select 'owner', recipient from alerts.digests
)
select given.kind, given.name, array(
    select known.name from known where known.kind = given.kind and known.name is not null order by known.name limit 21
) as instead
from given
where given.name is not null
  and not exists (select from known where known.kind = given.kind and known.name = given.name)
