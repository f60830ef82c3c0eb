-- Which of the relationships $1 stand otherwise than the log says, by more than $2, and where.
select
    stakeholders.initiative,
    people.stakeholder,
    case when live.version is null then '{no state}'
         else array_agg(channel order by channel) filter (where projector.apart(one_value, other_value) > $2)
    end as differs,
    max(projector.apart(one_value, other_value)) as difference
from projector.folded(projector.version_in_force(), $1, 'infinity', null) as folded
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
left join projector.model_states as live
    on live.relationship_id = folded.relationship_id and live.version = folded.version
cross join lateral projector.compared(folded, live)
group by initiative, stakeholder, live.version
having live.version is null or max(projector.apart(one_value, other_value)) > $2
order by initiative, stakeholder
