-- What was news when the model was switched and nobody had judged yet, by the model that went: it is still to be told,
-- while what holds only by the new model is not. Alerts takes a row away when it has told it, or nothing holds any more.
create table projector.untold (
    relationship_id integer primary key references roster.stakeholders on delete cascade,
    reasons text[] not null
);
