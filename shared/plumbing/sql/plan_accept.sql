-- Accept lines of a plan (all when none is named) and say which; what was accepted before stays so.
update planner.lines
set accepted_at = coalesce(accepted_at, $3), withdrawn_at = null
where plan = $1 and (cardinality($2::integer[]) = 0 or line = any($2))
returning line
