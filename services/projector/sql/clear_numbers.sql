-- The last of a version: its numbers, and with them what a new relationship has got meanwhile.
delete from projector.numbers where version = $1
