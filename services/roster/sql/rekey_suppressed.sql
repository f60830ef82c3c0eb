-- The same for those of whom nothing is kept.
update roster.suppressed set handle = roster.rekeyed($1, $2, handle)
