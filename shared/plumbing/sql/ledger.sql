-- Which migrations this database has had, and what they said.
create table if not exists public.attune_migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
);
