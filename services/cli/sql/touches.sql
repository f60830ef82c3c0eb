-- Every touch of every relationship, oldest first, as the model in force counts touches: microseconds since 1970. What
-- has no date is left out (undated.sql).
select
    relationship_id,
    (occurred * 1000000)::bigint as moment
from projector.contributions
join projector.in_force using (version)
where is_touch and retracted_at is null and occurred_at >= '1970-01-02 00:00+00'
order by occurred
