-- Initiatives whose trend begins today, small enough to be folded anew from the log.
select initiative
from console.days
group by initiative
having count(*) = 1 and max(stakeholders) <= $1 and min(day) = ($2::timestamptz at time zone 'UTC')::date
