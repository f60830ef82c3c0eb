-- Replace what `console.coverage` holds; called within one transaction with its emptying.
insert into console.coverage (
    initiative, function, level, stakeholders, aligned, cooling, misaligned, unknown, score, covered, held_by,
    single_threaded, owners, refreshed_at
)
select initiative, function, level, stakeholders, aligned, cooling, misaligned, unknown, score, covered, held_by,
    single_threaded, owners, $1
from attune.coverage
