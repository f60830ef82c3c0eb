-- Whether nothing is kept of anybody, before which moment nothing is taken in, and by which key handles are made here.
select
    exists (select from roster.suppressed) as is_anybody,
    (select extract(epoch from before_at)::double precision from projector.expiry) as expired_before,
    (select key_id from roster.handle_key) as key_id
