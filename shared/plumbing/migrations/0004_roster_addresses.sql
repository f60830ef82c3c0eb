-- The address book: the only place that maps a handle back to an address, for roster people alone.
create table roster.addresses (
    handle uuid primary key,
    person_id integer not null references roster.people on delete cascade,
    address text not null unique
);
create index addresses_by_person on roster.addresses (person_id);
