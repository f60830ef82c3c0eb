-- Until when a planned meeting holds alerts of the relationship back; null where none does.
alter table alerts.watches add column held_until timestamptz;
