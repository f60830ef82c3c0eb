-- One initiative across the organisation: per function, per level, and those who decide apart from those who do.
select dimension, part, stakeholders, aligned, cooling, misaligned, unknown, score, covered, held_by, single_threaded,
    owners, refreshed_at
from console.organisation
where initiative = $1
order by dimension, part nulls last
