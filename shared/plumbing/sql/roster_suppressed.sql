-- Which of these handles nothing may be kept of.
select handle from roster.suppressed where handle = any($1::uuid[])
