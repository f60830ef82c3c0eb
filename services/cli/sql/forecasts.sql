-- From when to when each reason of one relationship holds in silence, the soonest first.
select reason, begins_at, ends_at, holds
from attune.forecasts
where initiative = $1 and stakeholder = $2
order by begins_at, reason
