-- Let one token open nothing any more; returns whose it was.
delete from console.tokens
using console.users
where tokens.token_id = $1 and users.user_id = tokens.user_id
returning users.name
