-- How each initiative stood as a whole, noted once a day: its trend, which to fold anew from the log for every day
-- and person would take minutes.
create table console.days (
    initiative text not null references roster.initiatives on delete cascade,
    day date not null,
    score double precision,
    aligned bigint not null,
    stakeholders bigint not null,
    primary key (initiative, day)
);
