-- Every published function that a reader may call.
select p.proname as name,
       pg_get_function_arguments(p.oid) as arguments,
       pg_get_function_result(p.oid) as result,
       obj_description(p.oid, 'pg_proc') as about
from pg_proc p
where p.pronamespace = 'attune'::regnamespace and has_function_privilege('attune_reader', p.oid, 'execute')
order by p.proname, pg_get_function_arguments(p.oid)
