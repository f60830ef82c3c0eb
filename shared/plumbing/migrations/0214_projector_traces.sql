-- Which batch changed a relationship last, as `traceparent`: written only where traces are on (shared/plumbing/traces.py).
create table projector.traces (
    relationship_id integer primary key references roster.stakeholders on delete cascade,
    traceparent text not null
);
