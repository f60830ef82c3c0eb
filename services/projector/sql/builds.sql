-- Whatever stands beside the model in force: builds, and what a clearing that was interrupted left (no start).
select version, name, definition, started_at, coalesce(done_to, 0) as done_to
from projector.numbers
join projector.models using (version)
left join projector.builds using (version)
where version <> projector.version_in_force()
order by version
