-- Meetings ahead by who of us holds them: a plan asks for them, and would read the whole log without.
create index log_planned_by on projector.log (by_handle, occurred_at) where planned;
