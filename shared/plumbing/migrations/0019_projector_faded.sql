-- What is left of a sum after `elapsed` seconds of silence (half-life in seconds). Sums too small to matter
-- become zero, so that decades of decay never leave the range of a double.
create function projector.faded(value double precision, elapsed double precision, half_life double precision)
returns double precision
language sql immutable parallel safe
return case
    when value < 1e-100 or elapsed > 300 * half_life then 0
    else value * exp(-0.6931471805599453 * elapsed / half_life)
end;
