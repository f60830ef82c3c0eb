-- States as folding all of it would have left them.
select projector.refold(null, 'infinity')
