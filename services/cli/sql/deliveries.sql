-- What became of the messages of the last day.
select status as name, count(*)
from attune.deliveries
where created_at > now() - interval '1 day'
group by status
order by status
