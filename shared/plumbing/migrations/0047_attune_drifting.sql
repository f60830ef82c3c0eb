-- Who will cross a line within the interval if nothing else happens, soonest first; who has crossed one already
-- has a moment in the past. An index on the moment finds them, so that nobody else costs anything.
create function attune.drifting(within interval)
returns setof attune.drifts
language sql stable parallel safe
begin atomic
    select * from attune.drifts
    where drifts_at <= now() + within
    order by drifts_at;
end;
