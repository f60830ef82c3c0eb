-- Who reads in another band under version $2 than under version $1 at the moment, the largest fall first.
select
    stakeholders.initiative, people.stakeholder, people.name,
    was.band as from_band, becomes.band as to_band, was.score as from_score, becomes.score as to_score
from projector.model_states as live
join projector.model_states as candidate using (relationship_id)
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
cross join lateral projector.read(live, $3) as was
cross join lateral projector.read(candidate, $3) as becomes
where live.version = $1 and candidate.version = $2 and was.band <> becomes.band
order by becomes.score - was.score, initiative, stakeholder
