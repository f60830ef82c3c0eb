-- What is known of wholes: since when a part of an initiative has a hole, and when it was last looked at.
create table alerts.wholes (
    initiative text not null,
    part text not null,
    reason text not null,
    since timestamptz not null,
    primary key (initiative, part, reason)
);
create table alerts.looked (
    what text primary key,  -- `initiatives` or `sources`: one replica at a time looks
    looked_at timestamptz not null
);
