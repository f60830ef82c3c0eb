-- What every other view of this schema asks. Of the role in force, so that `set role` shows what that one sees.
create view mine.initiatives with (security_barrier) as
select initiative from roster.readers where role = current_user;
comment on view mine.initiatives is 'The initiatives that you may read.';
