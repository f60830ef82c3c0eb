-- One person's commitments are found without reading everything else of theirs.
create index log_commitments on projector.log (handle, occurred_at) where form between 600 and 699;
