-- How much of the log happened before $1, and whether nothing earlier is taken in any more anyway.
select count(*) as touchpoints, min(occurred_at) as first_at, count(distinct handle) as people
from projector.log
where occurred_at < $1
