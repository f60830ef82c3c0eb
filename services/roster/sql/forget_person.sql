-- Everything that refers to the person goes with them, and what is carried of their relationships.
with carried as (
    delete from projector.carried
    where relationship_id in (
        select relationship_id from roster.stakeholders where person_id = $1
        union all
        select (theirs ->> 'relationship_id')::integer
        from roster.merges cross join lateral jsonb_array_elements(merges.relationships) as theirs
        where merges.person_id = $1)
)
delete from roster.people where person_id = $1
