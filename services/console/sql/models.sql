-- The model in force, and the ones before it, the latest first.
select models.version, models.name, models.definition, models.applied_at,
    models.version = (select version from projector.in_force) as is_in_force
from projector.models
order by models.version desc
limit 10
