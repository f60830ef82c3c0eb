-- Mutes and maintenance windows: alerts that they cover are judged and kept, and told when the mute is over.
create table alerts.mutes (
    mute_id integer generated always as identity primary key,
    initiative text,
    function text,
    stakeholder text,
    source text,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    author text not null check (author <> ''),
    note text,
    created_at timestamptz not null,
    check (ends_at > starts_at),
    check (num_nonnulls(initiative, function, stakeholder, source) > 0)
);
create index mutes_by_ends_at on alerts.mutes (ends_at);
