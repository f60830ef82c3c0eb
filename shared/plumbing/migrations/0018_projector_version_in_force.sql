-- The version everyone reads by.
create function projector.version_in_force() returns integer
language sql stable parallel safe
return (select version from projector.in_force);
