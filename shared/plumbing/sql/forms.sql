-- What the numbers of forms mean in this database.
select form, kind, direction, quality from projector.forms
