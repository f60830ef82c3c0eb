-- What alerts made of each relationship, since when: `watches` as it was, a row for each time that its drift or its
-- reasons changed. So a past moment reads as it read then.
create table alerts.verdicts (
    -- of the watch, whose row whoever judges has in hand: no other is locked for it
    relationship_id integer not null references alerts.watches on delete cascade,
    judged_at timestamptz not null,
    drifts_at timestamptz,
    reasons text[] not null,
    primary key (relationship_id, judged_at)
);
