-- Folds every relationship of these people anew.
select projector.refold(array(select relationship_id from roster.stakeholders where person_id = any($1::integer[])), $2)
