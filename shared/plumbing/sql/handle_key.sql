-- The id of the key that the handles of this database are made with.
select key_id from roster.handle_key
