-- A model that weighs a kind nobody had sent before is the same to everything that was folded by it.
update projector.models set definition = $2 where version = $1
