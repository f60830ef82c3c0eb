-- Which of these handles nothing is kept of.
select replace(handle::text, '-', '') as handle from roster.suppressed where handle = any($1::uuid[])
