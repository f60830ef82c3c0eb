-- What the list of relationships is sorted and filtered by. A score decays while one looks, so that no index can
-- hold it; here it stands as of the last refresh, a minute or so ago, in tenths of a point, so that few rows change.
-- Pages show the score of the moment, read from the state.
create table console.standings (
    relationship_id integer primary key references roster.stakeholders on delete cascade,
    initiative text not null,
    name text not null,
    search text not null,  -- name, stakeholder and organisation in lower case
    function text,
    level text,
    role text,
    owner text,
    importance double precision not null,
    desired_band text,
    score double precision,
    band text not null,
    reasons text[] not null,
    drifts_at timestamptz,
    last_touch_at timestamptz
);
create index standings_by_initiative on console.standings (initiative);
create index standings_by_drift on console.standings (coalesce(drifts_at, 'infinity'), relationship_id);
create index standings_by_score on console.standings (coalesce(score, 'infinity'), relationship_id);
create index standings_by_score_down on console.standings (coalesce(score, -1) desc, relationship_id desc);
create index standings_by_name on console.standings (lower(name), relationship_id);
create index standings_by_last_touch on console.standings (coalesce(last_touch_at, '-infinity'), relationship_id);
