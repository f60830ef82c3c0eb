-- What a person does about an alert; the alerts service owns the rules.
select id from alerts.act($1, $2, $3, $4, $5, $6)
