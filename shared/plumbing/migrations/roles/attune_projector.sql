-- What the projector may do, and nothing else: shared/plumbing/rights.py grants it anew after the migrations.
grant usage on schema projector, roster to attune_projector;

-- The log is appended to; nobody takes a row out but `attune forget` and `attune privacy expire`, which the owner runs.
grant select, insert, update (retracted_at) on projector.log to attune_projector;
grant select, insert on projector.retractions to attune_projector;

-- What follows from the log.
grant select, insert, update on projector.model_states to attune_projector;
grant select, insert, update, delete on projector.model_days to attune_projector;

-- By which model: read here, and applied by whoever runs `attune model`.
grant select on
    projector.models, projector.model, projector.numbers, projector.model_weights, projector.in_force,
    projector.contributions, projector.expiry, projector.carried_by
to attune_projector;

-- Which sources there are, how they do, and whose traces go on.
grant select, insert, update on projector.heard, projector.traces to attune_projector;
grant select, insert, update, delete on projector.sources to attune_projector;

-- Whose a handle is, and neither name nor address.
grant select (handle, person_id) on roster.addresses to attune_projector;
grant select (relationship_id, initiative, person_id) on roster.stakeholders to attune_projector;
grant select on roster.followed, roster.suppressed to attune_projector;
-- The id of the key, which the first one to start leaves here.
grant select, insert on roster.handle_key to attune_projector;
