-- One more token that stands for a user.
insert into console.tokens (digest, user_id, use, label, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6)
