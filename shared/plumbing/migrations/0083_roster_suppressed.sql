-- Handles that nothing is kept of any more, whatever still arrives: of who was forgotten, and of who is blocked.
create table roster.suppressed (
    handle uuid primary key,
    suppressed_at timestamptz not null,
    reason text not null check (reason in ('forgotten', 'blocked')),
    domain text    -- by whose block it came here, and goes again; null where the person was meant
);
