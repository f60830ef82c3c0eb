-- Alerts whose subject is found: people by what the list of stakeholders finds them by, everybody of an initiative by its name.
(
    select alerts.*
    from console.standings
    join alerts.alerts using (relationship_id)
    where standings.search like $8
       or standings.initiative = any(array(
           select initiative from roster.initiatives where lower(initiative) like $8
       ))
    union all
    select alerts.*
    from alerts.alerts
    where relationship_id is null and lower(concat_ws(' ', part, source, initiative)) like $8
)
