-- How many alerts nobody has resolved yet, by reason.
select reason as name, count(*) from attune.alerts where status <> 'resolved' group by reason order by count(*) desc, reason
