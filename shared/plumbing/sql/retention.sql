-- Before which moment nothing is taken in, because it was removed for its age.
select before_at from projector.expiry
