-- Models that are being built beside the one in force.
select builds.version, models.name, builds.started_at
from projector.builds
join projector.models using (version)
order by builds.version
