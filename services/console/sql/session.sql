-- Who holds this session, if it has not run out.
select users.user_id, users.name, users.role, users.initiatives, sessions.seen_at
from console.sessions
join console.users using (user_id)
where sessions.digest = $1
  and sessions.expires_at > $2
  and sessions.seen_at > $2 - $3::interval
  and users.disabled_at is null
