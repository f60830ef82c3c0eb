delete from projector.model_states where version = $1 and relationship_id = any($2)
