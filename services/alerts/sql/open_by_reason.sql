select reason, count(*) from alerts.alerts where status <> 'resolved' group by reason
