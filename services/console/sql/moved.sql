-- The score of the whole over time, as it was noted once a day.
select day, score, aligned, stakeholders
from console.days
where initiative = $1 and day > ($2::timestamptz - interval '180 days')::date
order by day
