-- Folds relationships from the whole log for one version, to be judged at $2.
select projector.refold($3, $2, $1)
