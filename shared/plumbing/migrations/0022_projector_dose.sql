-- How much one touchpoint counts from its own facts, 0 to 1: the root of its share of a full length,
-- thinned by how many it addressed, times its own depth or severity.
create function projector.dose(
    minutes double precision, full_minutes double precision, usual_minutes double precision,
    breadth integer, breadth_exponent double precision, intensity double precision
) returns double precision
language sql immutable parallel safe
return case when full_minutes is null then 1
            else least(1, sqrt(greatest(coalesce(minutes, usual_minutes), 1e-9) / full_minutes)) end
     * case when breadth > 1 then power(breadth, -breadth_exponent) else 1 end
     -- The smallest doubles would underflow; a billionth is nothing already.
     * case when intensity < 1e-9 then 0 else coalesce(intensity, 1) end;
