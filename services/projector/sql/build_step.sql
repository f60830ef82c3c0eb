-- How far the build has come.
update projector.builds set done_to = $2 where version = $1
