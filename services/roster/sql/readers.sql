-- Every login that reads; `initiatives` is null where it reads all.
select
    login.rolname::text as name,
    case when bool_and(reader.rolname = 'attune_initiative_reader')
    then array(select initiative from roster.readers where role = login.rolname order by initiative) end as initiatives
from pg_auth_members as member
join pg_roles as login on login.oid = member.member
join pg_roles as reader on reader.oid = member.roleid
where reader.rolname in ('attune_reader', 'attune_initiative_reader') and login.rolcanlogin
group by login.rolname
order by 1
