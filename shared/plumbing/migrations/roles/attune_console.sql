-- What the console may do, and nothing else: shared/plumbing/rights.py grants it anew after the migrations.
grant usage on schema alerts, attune, console, planner, projector, roster to attune_console;

-- Its own. The audit is appended to, and a user stays the one of that name.
grant select, insert on console.audit to attune_console;
grant select, insert, update (role, initiatives, identity, password_hash, disabled_at) on console.users to attune_console;
grant select, insert, update, delete on console.attempts, console.sessions, console.tokens to attune_console;
-- Made from what others keep, again and again.
grant select, insert, update on console.days, console.standings to attune_console;
grant select, insert, delete on
    console.coverage, console.desired, console.organisation, console.single_threaded, console.sources
to attune_console;

-- Plans are kept, and their lines accepted and withdrawn.
grant select, insert on planner.plans to attune_console;
grant select, insert, update (accepted_at, withdrawn_at) on planner.lines to attune_console;

-- What is done to alerts goes through these, which note who did it.
grant execute on function alerts.act, alerts.mute, alerts.unmute to attune_console;
grant select on alerts.alerts, alerts.history, alerts.watches to attune_console;
grant select (alert_id, channel, attempts, held_for, next_attempt_at) on alerts.deliveries to attune_console;

-- What it shows: read, and never written.
grant select on
    attune.alerts, attune.deliveries, attune.drifts, attune.mutes, attune.plan, attune.sources, attune.suppressions
to attune_console;
grant select on
    projector.builds, projector.carried_by, projector.contributions, projector.days, projector.expiry, projector.forms,
    projector.in_force, projector.initiative_paces, projector.log, projector.model, projector.model_days,
    projector.model_states, projector.models, projector.numbers, projector.states
to attune_console;
-- People by name; no address.
grant select (handle, person_id) on roster.addresses to attune_console;
grant select on roster.followed, roster.handle_key, roster.initiatives, roster.people, roster.stakeholders to attune_console;
