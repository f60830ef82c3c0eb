-- The database and its role's password; psql runs this at every start, so it must bear repetition.
SELECT format('CREATE DATABASE %I', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec

ALTER ROLE :"role" PASSWORD :'password';
