-- Every action and every attempt to sign in: appended to, never changed. It names people of ours by their user
-- name, and stakeholders never: a relationship or an alert by its id.
create table console.audit (
    number bigint generated always as identity primary key,
    happened_at timestamptz not null,
    actor text not null,
    action text not null,
    subject text not null,
    outcome text not null check (outcome in ('done', 'refused')),
    details jsonb not null default '{}',
    address text  -- where the request came from
);
