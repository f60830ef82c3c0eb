-- The roster's log is appended to and never changed; only forgetting a person, which says so, takes rows out.
create function roster.refuse_change() returns trigger
language plpgsql as $$
begin
    if current_setting('attune.forgetting', true) is distinct from 'on' then
        raise exception 'roster.log is appended to and never changed';
    end if;
    return coalesce(new, old);
end
$$;
create trigger appended_to before update or delete on roster.log
for each row execute function roster.refuse_change();
