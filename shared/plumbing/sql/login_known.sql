-- Whether a login ($1) is a service's own already: a member of its role ($2) and of no other, and no more than that. No row
-- where there is no such role.
select
    login.oid is not null and not is_its as is_taken,
    login.oid is not null as is_ours
from pg_roles as service
left join pg_roles as login on login.rolname = $1
cross join lateral (
    select coalesce(bool_and(member.roleid = service.oid), false)
        and not (login.rolsuper or login.rolcreaterole or login.rolcreatedb or login.rolbypassrls) as is_its
    from pg_auth_members as member
    where member.member = login.oid
) as membership
where service.rolname = $2
