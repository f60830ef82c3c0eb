-- What `attune.coverage` says of whether a place is covered, hangs on one of us, and whose it is: kept as it says it.
alter table console.coverage
    add column covered boolean not null default false,
    add column single_threaded boolean not null default false,
    add column owners text[] not null default '{}';
