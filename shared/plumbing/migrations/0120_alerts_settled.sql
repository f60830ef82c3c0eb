-- Wholes that somebody dealt with by hand, and wholes and sources that are looked at by the clock.
create table alerts.settled (
    initiative text,
    part text,
    source text,
    settled_at timestamptz not null,
    unique nulls not distinct (initiative, part, source)
);
