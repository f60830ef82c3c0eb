-- Forget what a login might read.
delete from roster.readers where role = $1
