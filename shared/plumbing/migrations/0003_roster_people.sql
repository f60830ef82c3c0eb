-- Someone in the world. `stakeholder` is the name that SQL and commands call them by.
create table roster.people (
    person_id integer generated always as identity primary key,
    stakeholder text not null unique check (stakeholder <> ''),
    name text not null,
    organisation text
);
