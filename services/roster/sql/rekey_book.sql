-- The same for the address book.
update roster.addresses set handle = roster.rekeyed($1, $2, handle)
