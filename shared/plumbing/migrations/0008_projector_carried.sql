-- What touchpoints that were removed for their age are worth to each relationship: sums as of `as_of`, by the model that
-- was in force when they went. Folding adds them to what the log still holds. No reference to the relationship:
-- one that a merge has taken away may come back.
create table projector.carried (
    relationship_id integer primary key,
    as_of timestamptz not null,
    touch_days integer not null,
    first_touch_at timestamptz,
    last_touch_at timestamptz,
    contact double precision not null,
    dialogue double precision not null,
    depth double precision not null,
    accord double precision not null,
    strain double precision not null,
    pace_fast double precision not null,
    pace double precision not null,
    pace_slow double precision not null,
    evidence double precision not null
);

-- Before which moment, a midnight of UTC, the log holds nothing and takes nothing in any more.
create table projector.expiry (
    only_one boolean primary key default true check (only_one),
    before_at timestamptz not null,
    expired_at timestamptz not null
);

-- What is carried at a moment for these relationships (all when null), by whose it is now: see 0192. A function with a
-- body of its own, because hardly any fold has something to carry, and then nothing more is looked up.
create function projector.carried_of(relationships integer[], moment timestamptz) returns setof projector.carried
language plpgsql stable parallel safe rows 10 as $$
begin
    if moment >= (select before_at from projector.expiry) then
        return query
        select * from projector.carried_by
        where relationships is null or relationship_id = any(relationships);
    end if;
end
$$;
