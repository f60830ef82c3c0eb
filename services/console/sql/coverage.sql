-- The cells of one initiative's coverage.
select function, level, stakeholders, aligned, cooling, misaligned, unknown, score, covered, held_by, single_threaded,
    owners, refreshed_at
from console.coverage
where initiative = $1
