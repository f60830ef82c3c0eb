-- What each touchpoint brings to each channel of one relationship at a moment, in the channel's own sum; without a key
-- what is carried of those that were removed for their age.
create function projector.contributed(relationship integer, moment timestamptz)
returns table (
    event_key uuid, ordinal smallint, contact double precision, dialogue double precision,
    depth double precision, accord double precision, strain double precision
)
language sql stable parallel safe
begin atomic
    with counted as (
        select
            contributions.*,
            contributions.contact
                * exp(0.6931471805599453 * (occurred - day * 86400.0) / contact_half_life) as contact_raw,
            contributions.dialogue
                * exp(0.6931471805599453 * (occurred - day * 86400.0) / dialogue_half_life) as dialogue_raw
        from projector.contributions
        join projector.model using (version)
        where relationship_id = relationship and retracted_at is null and occurred_at <= moment
    ), shared as (
        -- A day that reached its ceiling is shared out among its touchpoints.
        select
            *,
            sum(contact_raw) over (partition by day) as contact_day,
            sum(dialogue_raw) over (partition by day) as dialogue_day
        from counted
    )
    select
        shared.event_key,
        shared.ordinal,
        projector.faded(contact_raw * least(1, day_most / nullif(contact_day, 0)),
                        projector.epoch(moment) - day * 86400.0, contact_half_life),
        projector.faded(dialogue_raw * least(1, day_most / nullif(dialogue_day, 0)),
                        projector.epoch(moment) - day * 86400.0, dialogue_half_life),
        projector.faded(shared.depth, projector.epoch(moment) - occurred, depth_half_life),
        projector.faded(shared.accord, projector.epoch(moment) - occurred, accord_half_life),
        projector.faded(shared.strain, projector.epoch(moment) - occurred, strain_half_life)
    from shared
    cross join projector.model
    union all
    select
        null,
        null,
        projector.faded(carried.contact, since, contact_half_life),
        projector.faded(carried.dialogue, since, dialogue_half_life),
        projector.faded(carried.depth, since, depth_half_life),
        projector.faded(carried.accord, since, accord_half_life),
        projector.faded(carried.strain, since, strain_half_life)
    from projector.carried_of(array[relationship], moment) as carried
    cross join projector.model
    cross join lateral (select projector.epoch(moment) - projector.epoch(carried.as_of) as since) as apart;
end;
