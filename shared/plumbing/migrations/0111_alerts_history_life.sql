-- Every event of a life, by whom, and what they said about it.
alter table alerts.history
    add column note text,
    drop constraint history_event_check,
    add constraint history_event_check check (event in (
        'opened', 'raised', 'joined', 'resolved', 'acknowledged', 'snoozed', 'returned', 'escalated', 'reminded',
        'assigned', 'commented', 'resent'
    ));
