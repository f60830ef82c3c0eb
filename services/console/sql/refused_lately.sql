-- How often signing in failed since a moment: from this address, and as this user.
select
    (select count(*) from console.audit
     where address = $1 and action = 'sign in' and outcome = 'refused' and happened_at > $3) as from_address,
    (select count(*) from console.audit
     where actor = $2 and action = 'sign in' and outcome = 'refused' and happened_at > $3) as as_user
