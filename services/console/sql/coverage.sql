-- The cells of one initiative's coverage.
select function, level, stakeholders, aligned, cooling, misaligned, unknown, score, held_by, refreshed_at
from console.coverage
where initiative = $1
