-- Replace what `console.desired` holds; called within one transaction with its emptying.
insert into console.desired (initiative, desired_band, band, stakeholders, importance)
select initiative, coalesce(desired_band, 'aligned'), band, count(*), sum(importance)
from console.standings
group by initiative, coalesce(desired_band, 'aligned'), band
