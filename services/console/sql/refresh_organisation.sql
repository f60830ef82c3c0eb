-- Replace what `console.organisation` holds; called within one transaction with its emptying.
insert into console.organisation (
    initiative, dimension, part, stakeholders, aligned, cooling, misaligned, unknown, score, covered, held_by,
    single_threaded, owners, refreshed_at
)
select initiative, dimension, part, stakeholders, aligned, cooling, misaligned, unknown, score, covered, held_by,
    single_threaded, owners, $1
from attune.organisation
