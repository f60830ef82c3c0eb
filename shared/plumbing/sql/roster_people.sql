-- Knows the people from now on, and returns those who are known by another name or organisation than before.
-- What is not given stays as it is.
with given as (
    select stakeholder, max(name) as name, max(organisation) as organisation
    from unnest($1::text[], $2::text[], $3::text[]) as t (stakeholder, name, organisation)
    group by stakeholder
),
changed as (
    update roster.people as known set
        name = coalesce(given.name, known.name),
        organisation = coalesce(given.organisation, known.organisation)
    from given
    where known.stakeholder = given.stakeholder
      and (given.name <> known.name
           or given.organisation is not null and given.organisation is distinct from known.organisation)
    returning known.stakeholder
),
added as (
    insert into roster.people (stakeholder, name, organisation)
    select stakeholder, coalesce(name, stakeholder), organisation
    from given
    order by stakeholder
    on conflict do nothing
)
select stakeholder from changed
