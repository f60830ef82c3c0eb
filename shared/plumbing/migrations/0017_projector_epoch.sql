-- Seconds since 1970.
create function projector.epoch(moment timestamptz) returns double precision
language sql stable parallel safe  -- as date_part is, or it would not be inlined
return date_part('epoch', moment);
