-- Waits until no fold is under way and holds back new ones until this transaction ends.
select pg_advisory_xact_lock(hashtext('attune.fold'))
