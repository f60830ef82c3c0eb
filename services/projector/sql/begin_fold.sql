select is_anybody, expired_before, key_id from projector.begin_fold()
