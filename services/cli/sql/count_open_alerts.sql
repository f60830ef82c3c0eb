select count(*) from attune.alerts where status <> 'resolved';
