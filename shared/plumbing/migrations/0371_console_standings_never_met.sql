-- Who is needed and nobody has met yet, in the order of the list of an initiative.
create index standings_never_met on console.standings (initiative, importance desc, relationship_id)
where last_touch_at is null;
