-- Another role and other limits for a user.
update console.users set (role, initiatives) = row ($2, $3)
where name = $1
returning user_id
