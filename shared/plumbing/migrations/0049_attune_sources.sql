-- How each source is doing: what it has brought, and when it last did.
create view attune.sources as
select
    source,
    count(*) as touchpoints,
    count(*) filter (where retracted_at is not null) as retracted,
    count(*) filter (where recorded_at > now() - interval '1 day') as touchpoints_last_day,
    min(recorded_at) as first_recorded_at,
    max(recorded_at) as last_recorded_at,
    max(occurred_at) filter (where not planned) as last_occurred_at
from projector.log
group by source;
