-- The changes that people must stay aligned with.
create table roster.initiatives (
    initiative text primary key check (initiative <> '')
);
