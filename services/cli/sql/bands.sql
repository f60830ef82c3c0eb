-- How many relationships stand in each band, as of the console's last refresh: reading all of them anew takes too long.
select band as name, count(*) from console.standings group by band order by band
