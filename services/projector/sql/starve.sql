-- No fold feeds the version from now on, and no build of it is gone on with.
with ended as (delete from projector.builds where version = $1)
delete from projector.model_weights where version = $1
