-- Which of these handles nothing is kept of, and which key the handles of this database are made with.
select
    array(
        select replace(handle::text, '-', '') from roster.suppressed where handle = any($1::uuid[])
    ) as handles,
    (select key_id from roster.handle_key) as key_id
