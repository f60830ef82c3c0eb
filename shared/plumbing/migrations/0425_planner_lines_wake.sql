-- A line that is withdrawn wakes whom it was with.
create trigger wake after update on planner.lines
referencing new table as changed
for each statement execute function planner.wake();
