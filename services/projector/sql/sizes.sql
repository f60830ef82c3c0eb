-- How many relationships there are to go through.
select count(*) from roster.stakeholders
