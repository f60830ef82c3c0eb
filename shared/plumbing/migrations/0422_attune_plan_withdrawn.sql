-- What was proposed, what became of it, and how the relationship stood then and stands now. Done is what happened with
-- the person by meeting or call, whoever reported it, from the proposal until a day after it should have been. Of two
-- touches with one person each needs a day of its own: what did the first one is not counted again. Whoever accepted a
-- line may take that back.
create or replace view attune.plan as
select
    plans.plan,
    lines.line,
    plans.proposed_at,
    lines.owner,
    stakeholders.initiative,
    people.stakeholder,
    people.name,
    lines.kind,
    lines.minutes,
    lines.at,
    lines.latest_day,
    lines.days_bought,
    lines.accepted_at,
    done.done_at,
    case
        when done.done_at is not null then 'done'
        when lines.latest_day + 2 < now() at time zone 'UTC' then 'missed'
        when lines.accepted_at is not null then 'accepted'
        when lines.withdrawn_at is not null then 'withdrawn'
        else 'proposed'
    end as status,
    lines.score as score_then,
    reading.score as score_now,
    lines.why,
    lines.worth,
    lines.withdrawn_at
from planner.lines
join planner.plans using (plan)
join roster.stakeholders using (relationship_id)
join roster.people using (person_id)
left join projector.model_states as states on states.relationship_id = lines.relationship_id
    and states.version = (select version from projector.in_force)
left join lateral projector.read(states, now()) as reading on true
left join lateral (
    select array_agg(days.met_at order by days.met_at) as moments
    from (
        select min(log.occurred_at) as met_at
        from roster.addresses
        join projector.log using (handle)
        where addresses.person_id = stakeholders.person_id
          and (log.initiative is null or log.initiative = stakeholders.initiative)
          and log.form / 100 in (1, 3)  -- meetings and calls
          and not log.planned and log.retracted_at is null
          and log.occurred_at > plans.proposed_at
          and log.occurred_at < (lines.latest_day + 2)::timestamp at time zone 'UTC'
        group by (log.occurred_at at time zone 'UTC')::date
    ) as days
) as met on true
left join lateral (
    select met.moments[1 + count(*)::integer] as done_at
    from planner.lines as earlier
    where earlier.plan = lines.plan and earlier.relationship_id = lines.relationship_id and earlier.at < lines.at
      and met.moments[1] < (earlier.latest_day + 2)::timestamp at time zone 'UTC'
) as done on true;

comment on column attune.plan.status is 'proposed, accepted, withdrawn (accepted once, and taken back), done or missed.';
comment on column attune.plan.withdrawn_at is 'When its acceptance was taken back; null where it was accepted again.';
