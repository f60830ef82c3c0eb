-- Whether anybody on a roster is all that is named of an initiative, a function and a person; who names one or none of
-- them has been asked about it by itself.
select num_nonnulls($1::text, $2::text, $3::text) < 2 or exists (
    select
    from roster.stakeholders
    join roster.people using (person_id)
    where ($1 is null or initiative = $1) and ($2 is null or function = $2) and ($3 is null or stakeholder = $3)
)
