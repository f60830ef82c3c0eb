-- Who stands lower than is desired, those who matter most first; where nothing is said, aligned is desired.
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
where initiative = $1
  and case band when 'aligned' then 3 when 'cooling' then 2 when 'misaligned' then 1 else 0 end
      < case coalesce(desired_band, 'aligned') when 'aligned' then 3 when 'cooling' then 2 else 1 end
order by importance desc, coalesce(score, -1), relationship_id
limit $2
