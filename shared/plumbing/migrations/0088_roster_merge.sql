-- Makes one person of two: addresses, relationships and alerts go over to who is `kept`; who is `gone` is remembered
-- whole. The caller holds the fold lock alone, and folds anew the relationships returned.
create function roster.merge(kept integer, gone integer, at timestamptz, by text) returns integer[]
language plpgsql as $$
declare
    handed uuid[];
begin
    -- Of two open alerts about one person in one initiative, one is enough.
    with doubled as (
        select alerts.alert_id
        from roster.stakeholders as theirs
        join roster.stakeholders as ours on ours.person_id = kept and ours.initiative = theirs.initiative
        join alerts.alerts on alerts.relationship_id = theirs.relationship_id and alerts.status <> 'resolved'
        where theirs.person_id = gone and exists (
            select from alerts.alerts as open
            where open.relationship_id = ours.relationship_id and open.status <> 'resolved')
    ), resolved as (
        update alerts.alerts set
            status = 'resolved', resolved_at = at, acknowledged_at = null, snoozed_until = null,
            act_at = at, pending = 'resolved'
        from doubled
        where alerts.alert_id = doubled.alert_id
    )
    insert into alerts.history (alert_id, event, actor, happened_at, cause, note)
    select alert_id, 'resolved', by, at, '[]', 'merged with somebody who has an open alert too' from doubled;

    select coalesce(array_agg(alert_id), '{}') into handed
    from roster.stakeholders as theirs
    join roster.stakeholders as ours on ours.person_id = kept and ours.initiative = theirs.initiative
    join alerts.alerts on alerts.relationship_id = theirs.relationship_id
    where theirs.person_id = gone;

    insert into roster.merges (person_id, stakeholder, merged_at, merged_by, person, addresses, relationships, alerts)
    select
        kept, people.stakeholder, at, by, to_jsonb(people),
        array(select address from roster.addresses where person_id = gone),
        coalesce((select jsonb_agg(to_jsonb(theirs)) from roster.stakeholders as theirs where person_id = gone), '[]'),
        handed
    from roster.people
    where people.person_id = gone;

    update alerts.alerts set relationship_id = ours.relationship_id
    from roster.stakeholders as theirs
    join roster.stakeholders as ours on ours.person_id = kept and ours.initiative = theirs.initiative
    where theirs.person_id = gone and alerts.relationship_id = theirs.relationship_id;

    update roster.stakeholders as theirs set person_id = kept
    where person_id = gone and not exists (
        select from roster.stakeholders as ours where ours.person_id = kept and ours.initiative = theirs.initiative);
    update roster.addresses set person_id = kept where person_id = gone;
    update roster.merges set person_id = kept where person_id = gone;
    delete from roster.people where person_id = gone;
    return array(select relationship_id from roster.stakeholders where person_id = kept);
end
$$;
