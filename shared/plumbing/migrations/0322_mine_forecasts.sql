create view mine.forecasts with (security_barrier) as
select * from attune.forecasts where initiative = any(array(select initiative from mine.initiatives));
