-- What a sum gives of all it can give, 0 to 1: 63 % at `full_at`. The ceiling keeps exp within the range of a double.
create function projector.saturated(sum double precision, full_at double precision) returns double precision
language sql immutable parallel safe
return 1 - exp(-least(sum / full_at, 700));
