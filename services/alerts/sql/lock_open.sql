-- Locks the open alerts of the given relationships: what a person does about one happens before a judgement or after
-- it, never within.
select from alerts.alerts
where relationship_id = any($1) and status <> 'resolved'
order by alert_id
for no key update
