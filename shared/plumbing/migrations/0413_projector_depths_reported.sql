-- When somebody was the first to go deep of whom it is known that nobody had; null where it was so when first looked.
alter table projector.depths add column reported_at timestamptz;
