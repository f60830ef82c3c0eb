-- Tells the planner how large the roster has become. Until autovacuum looks, a minute later, it would fold by
-- nested loops, eight times slower.
analyze roster.people, roster.addresses, roster.stakeholders, projector.model_states
