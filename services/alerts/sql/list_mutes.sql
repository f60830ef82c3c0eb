-- Mutes that last or lie ahead.
select * from attune.mutes where ends_at > $1 order by ends_at
