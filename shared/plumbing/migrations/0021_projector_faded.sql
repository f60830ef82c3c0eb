-- What a sum is worth `elapsed` seconds later (earlier when negative); the half-life is in seconds. Sums too
-- small to matter become zero, so that decades of decay never leave the range of a double.
create function projector.faded(value double precision, elapsed double precision, half_life double precision)
returns double precision
language sql immutable parallel safe
return case
    when value < 1e-100 or elapsed > 300 * half_life then 0
    else value * exp(-0.6931471805599453 * elapsed / half_life)
end;

-- Two sums of different eras as one, as of the later era.
create function projector.together(
    one double precision, one_as_of timestamptz, other double precision, other_as_of timestamptz,
    half_life double precision
) returns double precision
language sql stable parallel safe
return projector.faded(one, greatest(projector.epoch(other_as_of) - projector.epoch(one_as_of), 0), half_life)
     + projector.faded(other, greatest(projector.epoch(one_as_of) - projector.epoch(other_as_of), 0), half_life);
