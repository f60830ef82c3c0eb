-- Take on the role of a service ($1), where there is one that our login may take on and that this database has granted
-- anything. A login of a service's own has these rights already; the owner's gives up its others until it ends.
select set_config('role', rolname, false)
from pg_roles
where rolname = $1
  and pg_has_role(session_user, oid, 'set')
  and has_schema_privilege(oid, to_regnamespace('projector')::oid, 'usage')
