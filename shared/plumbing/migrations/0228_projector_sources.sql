-- The sources that may report, as NATS has them: the projector copies its register, so that people who query know of
-- those that were never heard.
create table projector.sources (
    source text primary key,
    added_at timestamptz not null
);
