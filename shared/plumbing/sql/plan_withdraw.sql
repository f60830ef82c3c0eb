-- Take back the acceptance of lines of a plan (of all that are accepted when none is named) that lie ahead, and say of which.
update planner.lines
set accepted_at = null, withdrawn_at = $3
where plan = $1 and (cardinality($2::integer[]) = 0 or line = any($2)) and accepted_at is not null
  and at > $3
returning line
