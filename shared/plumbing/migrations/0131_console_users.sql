-- Who may sign in. `initiatives` limits what a user sees and does; null means all of them.
create table console.users (
    user_id integer generated always as identity primary key,
    name text not null unique check (name <> ''),
    role text not null check (role in ('viewer', 'operator', 'admin')),
    initiatives text[],
    password_hash text,      -- argon2id; null where there is no password
    identity text unique,    -- issuer and subject of an OpenID provider
    created_at timestamptz not null,
    disabled_at timestamptz
);
