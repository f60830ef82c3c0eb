-- Folds share the lock; whoever changes what earlier touchpoints mean (retractions, the roster, the model) takes it alone.
select pg_advisory_xact_lock_shared(hashtext('attune.fold'))
