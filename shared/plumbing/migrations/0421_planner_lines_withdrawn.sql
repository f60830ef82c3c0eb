-- When an acceptance was taken back; null where none was, or the line was accepted again since.
alter table planner.lines add column withdrawn_at timestamptz;
