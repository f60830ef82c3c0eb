-- The user who signs in by this name.
select user_id, name, role, initiatives, password_hash
from console.users
where name = $1 and disabled_at is null
