-- Another password for whoever had this one; whatever signed them in by the old one does so no more. Tokens of programs stay.
with changed as (
    update console.users set password_hash = $3
    where user_id = $1 and password_hash = $2 and disabled_at is null
    returning user_id
), ended as (
    delete from console.sessions using changed where sessions.user_id = changed.user_id
), used_up as (
    delete from console.tokens using changed where tokens.user_id = changed.user_id and tokens.use = 'signin'
)
select user_id from changed
