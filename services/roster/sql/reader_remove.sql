-- The statement that takes a login away.
select format('drop role %I', $1::text)
