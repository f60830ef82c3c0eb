-- Notes which batch changed whom last, for who traces; in one order, so that replicas do not wait for one another in a ring.
insert into projector.traces (relationship_id, traceparent)
select followed.relationship_id, $2
from roster.followed
where followed.handle = any ($1::uuid[])
group by followed.relationship_id
order by followed.relationship_id
on conflict (relationship_id) do update set traceparent = excluded.traceparent
