-- The user whom an OpenID provider knows by this identity.
select user_id, name, role, initiatives
from console.users
where identity = $1 and disabled_at is null
