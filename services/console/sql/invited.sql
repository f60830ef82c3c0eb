-- The user whom an admin has added under this address, without any other way to sign in, is the provider's from now on:
-- one of them, where the address was added twice in letters of other cases.
update console.users set identity = $2
where user_id = (
    select min(user_id)
    from console.users
    where lower(name) = lower($1) and identity is null and password_hash is null and disabled_at is null
)
returning user_id, name, role, initiatives
