-- Which of the given names nothing bears, each with some of those that there are instead, where they are few. Of what
-- is known the first one found is enough; all are gone through only for a name that is wrong.
select
    given.kind,
    given.name,
    case given.kind
        when 'initiative' then array(select initiative from roster.initiatives order by initiative limit 21)
        when 'function' then array(
            select distinct function from roster.stakeholders where function is not null order by function limit 21
        )
        when 'source' then array(
            select source from projector.sources union select source from projector.heard order by source limit 21
        )
        when 'owner' then array(
            select distinct owner from roster.stakeholders where owner is not null order by owner limit 21
        )
    end as instead
from (
    values ('initiative', $1::text), ('function', $2::text), ('stakeholder', $3::text), ('source', $4::text), ('owner', $5::text)
) as given (kind, name)
where given.name is not null and not case given.kind
    when 'initiative' then exists (select from roster.initiatives where initiative = given.name)
    when 'function' then exists (select from roster.stakeholders where function = given.name)
    when 'stakeholder' then exists (select from roster.people where stakeholder = given.name)
    when 'source' then exists (select from projector.sources where source = given.name)
        or exists (select from projector.heard where source = given.name)
    when 'owner' then exists (select from roster.stakeholders where owner = given.name)
        -- or something was handed to them, or they were told or not told of it
        or exists (select from alerts.alerts where assignee = given.name)
        or exists (select from alerts.digests where recipient = given.name)
        or exists (select from alerts.suppressions where recipient = given.name)
        or exists (select from alerts.deliveries where recipient = given.name and event <> 'test')
end
