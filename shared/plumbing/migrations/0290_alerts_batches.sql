-- What replicas have on their way on channels that are bounded, so that a bound holds for all of them together.
create table alerts.batches (
    batch bigint generated always as identity primary key,
    channel text not null,
    messages integer not null,
    begun_at timestamptz not null,
    free_at timestamptz not null  -- when they have been sent; until then the end of their lease: who holds it may crash
);
create index batches_by_channel on alerts.batches (channel);
