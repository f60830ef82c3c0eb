-- Folds the given relationships (all when null) anew from the log into days and states, under every model in
-- use or only one, to be judged again at `changed_at`. The caller holds the fold lock alone, so that no
-- touchpoint slips past.
create function projector.refold(
    relationships integer[], changed_at timestamptz, only_version integer default null
) returns bigint
language sql
begin atomic
    delete from projector.model_days
    where (only_version is null or version = only_version)
      -- what the log cannot tell any more stays
      and day >= coalesce((select floor(projector.epoch(before_at) / 86400) from projector.expiry), 0)
      and (relationships is null or relationship_id = any(relationships));

    insert into projector.model_days (version, relationship_id, day, touches, contact, dialogue)
    select
        version,
        relationship_id,
        day,
        count(*) filter (where is_touch),
        sum(contact * exp(0.6931471805599453 * (occurred - day * 86400.0) / contact_half_life)),
        sum(dialogue * exp(0.6931471805599453 * (occurred - day * 86400.0) / dialogue_half_life))
    from projector.contributions join projector.numbers using (version)
    where retracted_at is null
      and (only_version is null or version = only_version)
      and (relationships is null or relationship_id = any(relationships))
    group by version, relationship_id, day;

    insert into projector.model_states as s (
        version, relationship_id, touch_days, as_of, first_touch_at, last_touch_at, wake_at, contact, dialogue, depth,
        accord, strain, pace_fast, pace, pace_slow, evidence
    )
    select
        folded.version, relationship_id, touch_days, as_of, first_touch_at, last_touch_at, changed_at, contact,
        dialogue, depth, accord, strain, pace_fast, pace, pace_slow, evidence
    from projector.numbers
    cross join lateral projector.folded(numbers.version, relationships, 'infinity', null) as folded
    where only_version is null or numbers.version = only_version
    on conflict (version, relationship_id) do update set (
        touch_days, as_of, first_touch_at, last_touch_at, wake_at, contact, dialogue, depth,
        accord, strain, pace_fast, pace, pace_slow, evidence
    ) = row (
        excluded.touch_days, excluded.as_of, excluded.first_touch_at, excluded.last_touch_at, excluded.wake_at,
        excluded.contact, excluded.dialogue, excluded.depth, excluded.accord, excluded.strain,
        excluded.pace_fast, excluded.pace, excluded.pace_slow, excluded.evidence
    );

    select count(*) from roster.stakeholders
    where relationships is null or relationship_id = any(relationships);
end;
