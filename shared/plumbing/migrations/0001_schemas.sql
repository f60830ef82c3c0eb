-- One schema per service, and `attune` for the people who query.
create schema roster;
create schema projector;
create schema alerts;
create schema attune;
