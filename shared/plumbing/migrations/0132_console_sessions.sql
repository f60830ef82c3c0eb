-- Who is signed in. Only digests of what the browser holds are kept.
create table console.sessions (
    digest text primary key,
    user_id integer not null references console.users on delete cascade,
    begun_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null
);
create index sessions_by_user on console.sessions (user_id);
