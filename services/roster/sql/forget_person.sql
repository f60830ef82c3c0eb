-- Everything that refers to the person goes with them.
delete from roster.people where person_id = $1
