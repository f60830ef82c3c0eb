-- Knows the initiatives from now on.
insert into roster.initiatives (initiative)
select distinct unnest($1::text[])
on conflict do nothing
