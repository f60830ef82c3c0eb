-- Takes the person off these rosters; who is on none any more leaves the address book.
with removed as (
    delete from roster.stakeholders
    where person_id = $1 and ($2::text is null or initiative = $2)
    returning relationship_id
),
carried as (
    delete from projector.carried where relationship_id in (select relationship_id from removed)
)
delete from roster.people
where person_id = $1
  and not exists (
      select from roster.stakeholders
      where person_id = $1 and relationship_id not in (select relationship_id from removed))
