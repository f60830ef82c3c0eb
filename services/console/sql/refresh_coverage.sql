-- Replace what `console.coverage` holds; called within one transaction with its emptying.
insert into console.coverage
select initiative, function, level, stakeholders, aligned, cooling, misaligned, unknown, score, held_by, $1
from attune.coverage
