select relation, rows from roster.hush($1)
