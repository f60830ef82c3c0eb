-- Has everybody judged anew whose accepted touch was withdrawn, for alerts waited for it. With its owner's rights: whoever
-- withdraws a line may not write states.
create function planner.wake() returns trigger
language plpgsql security definer set search_path = pg_catalog
as $$
begin
    with withdrawn as (
        select relationship_id, max(withdrawn_at) as withdrawn_at
        from changed
        where accepted_at is null and withdrawn_at is not null
        group by relationship_id
    ), lost as materialized (
        select states.relationship_id, withdrawn.withdrawn_at
        from projector.states
        join withdrawn using (relationship_id)
        order by states.relationship_id  -- as folds lock them
        for update of states
    )
    update projector.states set wake_at = least(states.wake_at, lost.withdrawn_at)
    from lost
    where states.relationship_id = lost.relationship_id;
    return null;
end;
$$;
revoke execute on function planner.wake from public;
