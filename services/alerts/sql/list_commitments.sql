-- Commitments, the open ones unless $2, only those past due if $3; the soonest due first.
select * from attune.commitments
where ($1::text is null or initiative = $1) and ($2 or is_open) and (not $3 or is_past_due)
order by due_at nulls last, initiative, name, ref
