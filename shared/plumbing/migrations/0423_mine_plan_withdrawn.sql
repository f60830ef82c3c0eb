-- The plan as readers of some initiatives see it, with what was withdrawn.
create or replace view mine.plan with (security_barrier) as
select * from attune.plan where initiative = any(array(select initiative from mine.initiatives));
