-- Let a user in again who was let in no more.
update console.users set disabled_at = null
where name = $1 and disabled_at is not null
returning user_id
