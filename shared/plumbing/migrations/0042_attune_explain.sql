-- Why a relationship reads as it does: each touchpoint's points of each channel at a moment. They add up to
-- the channel, 0 to 100, as `attune.alignment` shows it. What was removed for its age is one line, `expired`.
create function attune.explain(initiative text, stakeholder text, moment timestamptz default now())
returns table (
    id text, source text, occurred_at timestamptz, kind text, direction text, dose double precision,
    contact double precision, dialogue double precision, depth double precision, accord double precision,
    strain double precision
)
language sql stable parallel safe
security definer set search_path = pg_catalog  -- people who query see no more than this returns
begin atomic
    with shares as (
        select
            contributed.*,
            sum(contributed.contact) over () as contact_sum,
            sum(contributed.dialogue) over () as dialogue_sum,
            sum(contributed.depth) over () as depth_sum,
            sum(contributed.accord) over () as accord_sum,
            sum(contributed.strain) over () as strain_sum
        from roster.stakeholders
        join roster.people using (person_id)
        cross join lateral projector.contributed(stakeholders.relationship_id, moment) as contributed
        where stakeholders.initiative = explain.initiative and people.stakeholder = explain.stakeholder
    )
    select
        coalesce(log.event_id, 'expired'),
        log.source,
        coalesce(log.occurred_at, (select before_at from projector.expiry)),
        coalesce(forms.kind, 'expired'),
        forms.direction,
        projector.dose(log.minutes, weights.full_minutes, weights.usual_minutes,
                       log.breadth, model.breadth_exponent, log.intensity),
        projector.share(shares.contact, contact_sum, contact_full),
        projector.share(shares.dialogue, dialogue_sum, dialogue_full),
        projector.share(shares.depth, depth_sum, depth_full),
        projector.share(shares.accord, accord_sum, accord_full),
        projector.share(shares.strain, strain_sum, strain_full)
    from shares
    left join projector.log using (event_key, ordinal)
    left join projector.forms using (form)
    left join projector.weights using (form)
    cross join projector.model
    order by log.occurred_at desc nulls last, log.event_id;
end;
