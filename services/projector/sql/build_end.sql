delete from projector.builds where version = $1
