-- How much each day of a relationship holds under each model in use, so that a chatty day counts as one day and a retraction
-- finds what to take back. Sums are as of the day's midnight (UTC), before the day's ceiling.
create table projector.model_days (
    version integer not null references projector.numbers on delete cascade,
    relationship_id integer not null references roster.stakeholders on delete cascade,
    day integer not null,
    touches integer not null,
    contact double precision not null,
    dialogue double precision not null,
    primary key (version, relationship_id, day)
) with (fillfactor = 80);
