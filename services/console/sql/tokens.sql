-- Tokens that programs may hold, and links that sign somebody in and were not used yet; of one user, if one is named.
select tokens.token_id as number, users.name, tokens.use, tokens.label, tokens.created_at, tokens.used_at, tokens.expires_at
from console.tokens
join console.users using (user_id)
where ($1::text is null or users.name = $1)
  and (tokens.use = 'api' or tokens.used_at is null and tokens.expires_at > $2)
order by users.name, tokens.token_id
