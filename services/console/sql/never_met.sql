-- Who is needed and nobody has met yet, those who matter most first.
select
    relationship_id,
    name,
    function,
    level,
    role,
    owner,
    importance,
    coalesce(desired_band, 'aligned') as desired_band,
    band,
    score
from console.standings
where initiative = $1 and last_touch_at is null
order by importance desc, relationship_id
limit $2
