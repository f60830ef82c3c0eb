-- Let whoever holds this token's secret sign in once as the owner of this machine, an admin made the first time.
create function console.open_link(digest text, at timestamptz, expires_at timestamptz) returns void
language sql volatile
begin atomic
    insert into console.users (name, role, created_at) values ('owner', 'admin', at) on conflict (name) do nothing;
    insert into console.tokens (digest, user_id, use, label, created_at, expires_at)
    select open_link.digest, users.user_id, 'signin', 'link', at, open_link.expires_at
    from console.users
    where users.name = 'owner';
end;
