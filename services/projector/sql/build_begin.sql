insert into projector.builds (version, started_at) values ($1, $2)
