-- The plan as readers of some initiatives see it, with the worth of each line.
create or replace view mine.plan with (security_barrier) as
select * from attune.plan where initiative = any(array(select initiative from mine.initiatives));
