-- One more who may sign in.
insert into console.users (name, role, initiatives, password_hash, identity, created_at)
values ($1, $2, $3, $4, $5, $6)
returning user_id
