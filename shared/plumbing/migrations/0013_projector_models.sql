-- Every model ever applied: versioned data, never code.
create table projector.models (
    version integer generated always as identity primary key,
    name text not null,
    definition jsonb not null,
    applied_at timestamptz not null
);
