-- Of whom nothing is kept.
select replace(handle::text, '-', '') as entry, reason as rule, suppressed_at as since, domain
from roster.suppressed
order by suppressed_at, handle
