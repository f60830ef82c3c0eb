-- Seconds since 1970.
create function projector.epoch(moment timestamptz) returns double precision
language sql immutable parallel safe
return date_part('epoch', moment);
