-- Whom one of us alone has touched lately, those who matter most first, and how many there are among how many.
select
    standings.relationship_id,
    standings.name,
    standings.function,
    standings.level,
    standings.role,
    standings.owner,
    standings.importance,
    coalesce(standings.desired_band, 'aligned') as desired_band,
    standings.band,
    standings.score,
    single_threaded.single,
    single_threaded.named
from console.single_threaded
join console.standings using (relationship_id)
where single_threaded.initiative = $1
order by single_threaded.place
