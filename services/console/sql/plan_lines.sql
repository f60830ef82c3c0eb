-- The lines of a plan that was kept, and what became of each, in order.
select plan.line, plan.owner, plan.initiative, plan.stakeholder, plan.name, plan.kind, plan.minutes, plan.at,
    plan.latest_day, plan.days_bought, plan.accepted_at, plan.withdrawn_at, plan.done_at, plan.status, plan.score_then, plan.score_now,
    plan.why, plan.worth, lines.relationship_id
from planner.lines
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
join attune.plan on plan.plan = lines.plan and plan.line = lines.line
    and plan.initiative = stakeholders.initiative and plan.stakeholder = people.stakeholder
where lines.plan = $1 and ($2::text[] is null or stakeholders.initiative = any($2))
order by plan.at, plan.line, plan.initiative, plan.stakeholder
