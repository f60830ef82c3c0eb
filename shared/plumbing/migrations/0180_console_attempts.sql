-- How often somebody tried to sign in lately: from an address as a user, and (the empty name) from an address at all.
-- Counted before a password is looked at, so that guesses made at once count as well.
create table console.attempts (
    address text not null,
    name text not null,
    begun_at timestamptz not null,
    attempts integer not null,
    primary key (address, name)
);
create index attempts_by_begun_at on console.attempts (begun_at);
