-- Which addresses of the book belong to the domain or a part of it.
select address, person_id from roster.addresses
where split_part(address, '@', 2) = $1 or right(split_part(address, '@', 2), length($1) + 1) = '.' || $1
order by address
