-- The statement that makes the role of a service ($1) and lets us take it on; null where it is there. Roles take no parameters.
select format('create role %1$I nologin; grant %1$I to current_user with inherit false, set true', $1::text)
where not exists (select from pg_roles where rolname = $1)
