-- Every touch of every relationship, oldest first, as the model in force counts touches: microseconds since 1970.
select
    relationship_id,
    (occurred * 1000000)::bigint as moment
from projector.contributions
join projector.in_force using (version)
where is_touch and retracted_at is null
order by occurred
