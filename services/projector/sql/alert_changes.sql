-- What version $2 makes of alerts at the moment $3: which open ones lose every reason they were told with, and whose
-- reasons would hold that do not under version $1. An open alert lasts until the score is $4 above the line.
-- The alerts service decides; this foretells it for the reasons that the model's numbers decide.
with open as (
    select alert_id, relationship_id, array_agg(because.reason) as reasons
    from alerts.alerts
    cross join lateral jsonb_to_recordset(alerts.reasons) as because (reason text)
    where status <> 'resolved'
    group by alert_id, relationship_id
),
holding as (
    select
        states.version,
        relationship_id,
        reading.score,
        array_remove(array[
            case when reading.score < fading_line + case when 'fading' = any(open.reasons) then $4 else 0 end then 'fading' end,
            case when last_touch_at + make_interval(secs => 86400 * coalesce(
                stakeholders.cadence_days, (numbers.cadence_days ->> lower(stakeholders.role))::double precision
            )) <= $3 then 'overdue' end
        ], null) as reasons
    from projector.model_states as states
    join projector.numbers using (version)
    join roster.stakeholders using (relationship_id)
    left join open using (relationship_id)
    cross join lateral projector.read(states, $3) as reading
    where states.version in ($1, $2)
),
changes as (
    select 'closes' as change, open.relationship_id, open.reasons, candidate.score
    from open
    join holding as candidate using (relationship_id)
    where candidate.version = $2
      and open.reasons <@ array['fading', 'overdue'] and not open.reasons && candidate.reasons
    union all
    select 'opens', relationship_id,
        array(select unnest(candidate.reasons) except select unnest(live.reasons)), candidate.score
    from holding as live
    join holding as candidate using (relationship_id)
    left join open using (relationship_id)
    where live.version = $1 and candidate.version = $2
      and open.alert_id is null and not candidate.reasons <@ live.reasons
)
select changes.change, stakeholders.initiative, people.stakeholder, people.name, changes.reasons, changes.score
from changes
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
order by change, initiative, stakeholder
