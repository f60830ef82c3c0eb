-- How many of each initiative stand how against how they are desired to stand, and how much they matter together, as of the
-- last refresh; where nothing is said, aligned is desired.
create table console.desired (
    initiative text not null,
    desired_band text not null,
    band text not null,
    stakeholders bigint not null,
    importance double precision not null,
    primary key (initiative, desired_band, band)
);
