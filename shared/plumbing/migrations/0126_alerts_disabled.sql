-- Destinations that said they want nothing more (410 Gone), until a test reaches them again.
create table alerts.disabled (
    channel text not null,
    destination text not null,
    disabled_at timestamptz not null,
    error text not null,
    primary key (channel, destination)
);
create view attune.disabled as select channel, destination, disabled_at, error from alerts.disabled;
