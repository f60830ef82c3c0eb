-- Mutes that last at the moment.
select initiative, function, stakeholder, source, ends_at, author
from alerts.mutes
where ends_at > $1 and starts_at <= $1
