-- The roster as it stood at $2, from its log.
select
    latest.initiative, entry.name, latest.stakeholder, entry.addresses, entry.function, entry.level, entry.role,
    entry.organisation, entry.owner, entry.importance, entry.cadence_days, entry.desired_band,
    entry.overrides::text as overrides
from (
    select distinct on (initiative, stakeholder) initiative, stakeholder, after
    from roster.log
    where changed_at <= $2 and initiative is not null and ($1::text is null or initiative = $1)
    order by initiative, stakeholder, changed_at desc, number desc
) as latest
cross join jsonb_to_record(latest.after) as entry (
    name text, addresses text[], function text, level text, role text, organisation text, owner text,
    importance double precision, cadence_days double precision, desired_band text, overrides jsonb
)
where latest.after is not null
order by latest.initiative, latest.stakeholder
