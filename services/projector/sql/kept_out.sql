-- Whether nothing is kept of anybody, and which key the handles of this database are made with.
select
    exists (select from roster.suppressed) as is_anybody,
    (select key_id from roster.handle_key) as key_id
