-- When each source was heard, by the hour: what tells its rhythm without reading the log.
create table projector.heard (
    source text not null,
    hour timestamptz not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    events bigint not null,    -- about: a redelivery counts again
    rejected bigint not null,
    primary key (source, hour)
);
insert into projector.heard
select source, date_trunc('hour', recorded_at, 'UTC'), min(recorded_at), max(recorded_at), count(*), 0
from projector.log
where ordinal = 0
group by 1, 2;
