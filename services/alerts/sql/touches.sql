-- The last five touches of each of the given relationships.
select wanted.relationship_id, last.occurred_at, forms.kind, forms.direction
from unnest($1::integer[]) as wanted (relationship_id)
cross join lateral (
    select log.occurred_at, log.form
    from roster.followed
    cross join lateral (
        select its.occurred_at, its.form
        from projector.log as its
        where its.handle = followed.handle and not its.planned and its.retracted_at is null
          and (its.initiative is null or its.initiative = followed.initiative)
        order by its.occurred_at desc
        limit 5
    ) as log
    where followed.relationship_id = wanted.relationship_id
    order by log.occurred_at desc
    limit 5
) as last
join projector.forms using (form)
order by wanted.relationship_id, last.occurred_at desc
