-- Events that were taken back, each once; it outlives the order in which the two arrive.
create table projector.retractions (
    event_key uuid primary key,
    recorded_at timestamptz not null,
    source text not null,
    event_source text not null,
    event_id text not null
);
