select projector.expire($1, $2)
