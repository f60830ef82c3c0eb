-- All initiatives.
select initiative from roster.initiatives
