-- Who looks after anybody, one after the other, without reading everybody.
create index stakeholders_by_owner on roster.stakeholders (owner, initiative) where owner is not null;
