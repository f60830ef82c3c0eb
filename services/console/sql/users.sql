-- Everyone who may sign in, or might once.
select users.user_id, users.name, users.role, users.initiatives, users.created_at, users.disabled_at,
    users.password_hash is not null as has_password,
    users.identity is not null as has_identity,
    (select count(*) from console.tokens where tokens.user_id = users.user_id and tokens.use = 'api') as tokens,
    (select max(sessions.seen_at) from console.sessions where sessions.user_id = users.user_id) as seen_at
from console.users
order by users.name
