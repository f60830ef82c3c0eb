-- Keeps by whom the initiatives of the given relationships go deep under version $2, or under the one in force where
-- that is null. All of an initiative are looked at once, and again when its one goes deep no longer; from then on
-- whoever comes to go deep is among the given, as everybody is judged whom something happened to. $3 is now.
with asked as materialized (
    select coalesce($2, projector.version_in_force()) as version
),
initiatives as materialized (
    select distinct initiative from roster.stakeholders where relationship_id = any($1)
),
unsaid as materialized (
    select initiatives.initiative, depths.initiative is not null as is_kept, depths.relationship_id as was
    from initiatives
    cross join asked
    left join projector.depths on depths.version = asked.version and depths.initiative = initiatives.initiative
    where not exists (
        select
        from projector.model_states as its
        where its.version = asked.version and its.relationship_id = depths.relationship_id and its.depth > 0
    )
),
found as materialized (
    select
        unsaid.*,
        case when is_kept and was is null then (
            select its.relationship_id
            from roster.stakeholders
            join projector.model_states as its using (relationship_id)
            where stakeholders.relationship_id = any($1) and stakeholders.initiative = unsaid.initiative
              and its.version = (select version from asked) and its.depth > 0
            limit 1
        ) else (
            select its.relationship_id
            from roster.stakeholders
            join projector.model_states as its using (relationship_id)
            where stakeholders.initiative = unsaid.initiative
              and its.version = (select version from asked) and its.depth > 0
            limit 1
        ) end as relationship_id
    from unsaid
),
-- That there is nobody only where it is still as it was seen: another replica may have found somebody meanwhile.
changed as (
    update projector.depths set
        relationship_id = found.relationship_id,
        reported_at = case
            when found.was is null or found.relationship_id is null then $3::timestamptz else depths.reported_at
        end
    from found, asked
    where found.is_kept and depths.version = asked.version and depths.initiative = found.initiative
      and (found.relationship_id is not null or depths.relationship_id is not distinct from found.was)
      and found.relationship_id is distinct from found.was
)
insert into projector.depths (version, initiative, relationship_id)
select asked.version, found.initiative, found.relationship_id
from found
cross join asked
where not found.is_kept
order by found.initiative
on conflict (version, initiative) do update set relationship_id = excluded.relationship_id, reported_at = $3::timestamptz
where depths.relationship_id is null and excluded.relationship_id is not null
