-- Parts again whom a merge had made one: everything goes back to where it was, under the ids it had. The caller holds
-- the fold lock alone, and folds anew the relationships returned.
create function roster.unmerge(merge integer) returns integer[]
language plpgsql as $$
declare
    done roster.merges;
    back integer;
begin
    delete from roster.merges where merge_id = merge returning * into done;
    insert into roster.people overriding system value
    select * from jsonb_populate_record(null::roster.people, done.person)
    returning person_id into back;

    update roster.addresses set person_id = back
    where person_id = done.person_id and address = any(done.addresses);
    -- Who had been merged into them before is theirs again.
    update roster.merges set person_id = back
    where person_id = done.person_id and merge_id < merge and addresses <@ done.addresses;

    update roster.stakeholders set person_id = back
    where person_id = done.person_id
      and relationship_id in (select (theirs ->> 'relationship_id')::integer from jsonb_array_elements(done.relationships) as theirs);
    insert into roster.stakeholders overriding system value
    select theirs.* from jsonb_populate_recordset(null::roster.stakeholders, done.relationships) as theirs
    where not exists (select from roster.stakeholders as known where known.relationship_id = theirs.relationship_id);

    update alerts.alerts set relationship_id = theirs.relationship_id
    from roster.stakeholders as ours
    join roster.stakeholders as theirs on theirs.person_id = back and theirs.initiative = ours.initiative
    where ours.person_id = done.person_id and alerts.relationship_id = ours.relationship_id
      and alerts.alert_id = any(done.alerts);
    return array(select relationship_id from roster.stakeholders where person_id in (back, done.person_id));
end
$$;
