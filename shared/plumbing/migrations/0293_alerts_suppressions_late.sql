-- People are called upon for some of what held before attune looked; the others are listed.
alter table alerts.suppressions
    drop constraint suppressions_reason_check,
    add constraint suppressions_reason_check check (reason in (
        'planned', 'stale', 'muted', 'snoozed', 'acknowledged', 'quiet', 'budget', 'unrouted', 'resolved', 'overtaken',
        'disabled', 'late'
    ));
