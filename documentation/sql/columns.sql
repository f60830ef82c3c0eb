-- Every column of every published view, in its order, with what is said about it.
select c.relname as name,
       obj_description(c.oid, 'pg_class') as about,
       a.attname as column,
       format_type(a.atttypid, a.atttypmod) as type,
       col_description(c.oid, a.attnum) as comment
from pg_class c
join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'attune'::regnamespace and c.relkind in ('v', 'm', 'r') and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum
