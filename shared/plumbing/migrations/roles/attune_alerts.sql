-- What alerts may do, and nothing else: shared/plumbing/rights.py grants it anew after the migrations.
grant usage on schema alerts, attune, planner, projector, roster to attune_alerts;

-- Its own: what was told and noted stays.
grant select, insert, update on
    alerts.alerts, alerts.deliveries, alerts.digests, alerts.looked, alerts.traces, alerts.watches
to attune_alerts;
grant select, insert on alerts.history, alerts.suppressions to attune_alerts;
grant select, insert, update, delete on alerts.batches, alerts.disabled, alerts.wholes to attune_alerts;
-- What people decide, by `alerts.act`, `alerts.mute` and `alerts.unmute`.
grant select on alerts.mutes, alerts.settled to attune_alerts;
grant select on alerts.commitments to attune_alerts;

-- What there is to judge. Of a state alerts sets when it is to be judged again.
grant select on projector.states to attune_alerts;
grant update (wake_at) on projector.states to attune_alerts;
grant select, delete on projector.untold to attune_alerts;
grant select, insert, update on projector.depths to attune_alerts;
grant select on projector.in_force to attune_alerts;
grant update (only_one) on projector.in_force to attune_alerts;  -- always true: to hold back a switch of the model
grant select on
    projector.contributions, projector.expiry, projector.carried_by, projector.forms, projector.heard, projector.log,
    projector.model, projector.model_states, projector.models, projector.numbers, projector.sources, projector.traces
to attune_alerts;

-- Whom it is about, by name; no address.
grant select (handle, person_id) on roster.addresses to attune_alerts;
grant select on roster.followed, roster.initiatives, roster.people, roster.stakeholders to attune_alerts;

-- What a digest holds.
grant select on attune.alerts, attune.drifts, attune.plan, planner.lines, planner.plans to attune_alerts;
