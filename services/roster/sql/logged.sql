-- Of whom the log holds touchpoints, how many, and the address of those who are on a roster.
select logged.handle, addresses.address, addresses.person_id, logged.touchpoints
from (select handle, count(*) as touchpoints from projector.log group by handle) as logged
left join roster.addresses using (handle)
