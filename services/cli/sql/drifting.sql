-- Who will cross a line within the interval, soonest first.
select *
from attune.drifting($1::interval)
where $2::text is null or initiative = $2
