-- What a spreadsheet gets of these relationships, as of the last refresh.
select standings.relationship_id, standings.initiative, people.stakeholder, standings.name, standings.function,
    standings.level, standings.role, standings.owner, standings.importance, standings.desired_band, standings.score,
    standings.band, standings.reasons, standings.drifts_at, standings.last_touch_at
from unnest($1::integer[]) with ordinality as wanted (relationship_id, place)
join console.standings using (relationship_id)
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
order by wanted.place
