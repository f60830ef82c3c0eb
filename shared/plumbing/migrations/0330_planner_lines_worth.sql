-- A line's part of what its plan is worth, so that the lines add up; null for plans that were kept before it was told.
alter table planner.lines add column worth double precision;
comment on column planner.lines.days_bought is 'Before worth was kept, days were multiplied by importance.';
