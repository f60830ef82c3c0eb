-- How much each day of a relationship holds, so that a chatty day counts as one day and a retraction
-- finds what to take back. Sums are as of the day's midnight (UTC), before the day's ceiling.
create table projector.days (
    relationship_id integer not null references roster.stakeholders on delete cascade,
    day integer not null,
    touches integer not null,
    contact double precision not null,
    dialogue double precision not null,
    primary key (relationship_id, day)
) with (fillfactor = 80);
