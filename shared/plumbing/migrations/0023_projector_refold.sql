-- Folds the given relationships (all when null) anew from the log into `days` and `states`, to be judged again
-- at `changed_at`. The caller holds the fold lock alone, so that no touchpoint slips past.
create function projector.refold(relationships integer[], changed_at timestamptz) returns bigint
language sql
begin atomic
    delete from projector.days
    where relationships is null or relationship_id = any(relationships);

    insert into projector.days (relationship_id, day, touches, contact, dialogue)
    select
        relationship_id,
        day,
        count(*) filter (where is_touch),
        sum(contact * exp(0.6931471805599453 * (occurred - day * 86400.0) / contact_half_life)),
        sum(dialogue * exp(0.6931471805599453 * (occurred - day * 86400.0) / dialogue_half_life))
    from projector.contributions cross join projector.model
    where retracted_at is null and (relationships is null or relationship_id = any(relationships))
    group by relationship_id, day;

    update projector.states set
        touch_days = folded.touch_days,
        as_of = folded.as_of,
        first_touch_at = folded.first_touch_at,
        last_touch_at = folded.last_touch_at,
        wake_at = changed_at,
        contact = folded.contact,
        dialogue = folded.dialogue,
        depth = folded.depth,
        accord = folded.accord,
        strain = folded.strain,
        pace_fast = folded.pace_fast,
        pace = folded.pace,
        pace_slow = folded.pace_slow,
        evidence = folded.evidence
    from projector.folded(relationships, 'infinity', null) as folded
    where states.relationship_id = folded.relationship_id;

    select count(*) from projector.states
    where relationships is null or relationship_id = any(relationships);
end;
