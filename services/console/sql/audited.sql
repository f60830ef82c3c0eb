-- What was done and refused, the latest first.
select number, happened_at, actor, action, subject, outcome, details, address
from console.audit
where $1::bigint is null or number < $1
order by number desc
limit $2
