-- Whom this token stands for.
update console.tokens set used_at = $2
from console.users
where tokens.digest = $1
  and tokens.use = $3
  and users.user_id = tokens.user_id
  and users.disabled_at is null
  and (tokens.expires_at is null or tokens.expires_at > $2)
  and (tokens.use = 'api' or tokens.used_at is null)
returning users.user_id, users.name, users.role, users.initiatives
