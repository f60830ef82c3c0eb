-- By which connection a batch was begun: where that is gone, so is whoever had the messages on their way.
alter table alerts.batches add column backend_pid integer, add column backend_began_at timestamptz;
