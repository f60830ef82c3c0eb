-- Whether anything is due at all: asked before anything is locked, so that looking in vain writes nothing.
select exists (select from projector.states where wake_at <= $1)
