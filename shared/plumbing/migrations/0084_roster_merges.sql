-- People who were found to be one and the same: who is gone, whole, so that they can be parted again.
create table roster.merges (
    merge_id integer generated always as identity primary key,
    person_id integer not null references roster.people on delete cascade,  -- who stays
    stakeholder text not null unique,  -- who is gone
    merged_at timestamptz not null,
    merged_by text not null,
    person jsonb not null,         -- their row of roster.people
    addresses text[] not null,
    relationships jsonb not null,  -- their rows of roster.stakeholders, those that moved over and those that went
    alerts uuid[] not null         -- those of their alerts that were handed over to who stays
);
create index merges_by_person on roster.merges (person_id);
