-- All that the person is or was called, and by which addresses and handles they are known.
select
    (select stakeholder from roster.people where person_id = $1) as stakeholder,
    array(select address from roster.addresses where person_id = $1 order by address) as addresses,
    array(select handle from roster.addresses where person_id = $1) as handles,
    array(select relationship_id from roster.stakeholders where person_id = $1) as relationships,
    array(
        select stakeholder from roster.people where person_id = $1
        union select stakeholder from roster.merges where person_id = $1
    ) as stakeholders,
    array(
        select name from roster.people where person_id = $1
        union select person ->> 'name' from roster.merges where person_id = $1
        union select log.after ->> 'name'
        from roster.log join roster.people using (stakeholder)
        where person_id = $1 and log.after ->> 'name' is not null
    ) as names
