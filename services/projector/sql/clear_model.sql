-- Models that once were in force are remembered; one that never was (it is younger) leaves no trace.
delete from projector.models where version = $1 and version > projector.version_in_force()
