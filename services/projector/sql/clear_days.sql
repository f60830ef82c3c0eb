delete from projector.model_days where version = $1 and relationship_id = any($2)
