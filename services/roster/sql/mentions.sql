select relation, rows from roster.mentions($1)
