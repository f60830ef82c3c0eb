-- Secrets that stand for a user: `signin` once, in a link; `api` again and again, in a header. Digests only.
create table console.tokens (
    digest text primary key,
    token_id integer generated always as identity unique,
    user_id integer not null references console.users on delete cascade,
    use text not null check (use in ('signin', 'api')),
    label text not null default '',
    created_at timestamptz not null,
    expires_at timestamptz,
    used_at timestamptz
);
create index tokens_by_user on console.tokens (user_id);
