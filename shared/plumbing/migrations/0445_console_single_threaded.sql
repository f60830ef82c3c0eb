-- Whom one of us alone has touched lately, as of the last refresh: of each initiative the ones who matter most, in that order. Whose
-- touches do not say who of us made them is neither.
create table console.single_threaded (
    relationship_id integer primary key references roster.stakeholders on delete cascade,
    initiative text not null,
    place integer not null,
    single bigint not null,  -- how many of the initiative there are of them in all …
    named bigint not null,   -- … among how many whose touches say who of us made them
    unique (initiative, place)
);
