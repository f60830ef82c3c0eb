-- By which key the handles of this database are made: no more than a digest that tells one key from another.
create table roster.handle_key (
    only_one boolean primary key default true check (only_one),
    key_id text not null,
    since timestamptz not null
);
