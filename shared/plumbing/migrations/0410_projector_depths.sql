-- By whom an initiative is known to go deep under a model in use; null where nobody did when all were looked at, and a
-- row that is missing says nothing. So judging asks one row of an initiative, and not everybody in it.
create table projector.depths (
    version integer not null references projector.numbers on delete cascade,
    initiative text not null references roster.initiatives on delete cascade,
    relationship_id integer references roster.stakeholders on delete cascade,
    primary key (version, initiative)
);
