-- What one unit of dose brings to each channel, for every form, in every model in use.
create table projector.model_weights (
    version integer not null references projector.numbers on delete cascade,
    form smallint not null references projector.forms,
    contact double precision not null,
    dialogue double precision not null,
    depth double precision not null,
    accord double precision not null,
    strain double precision not null,
    is_touch boolean not null,
    full_minutes double precision,
    usual_minutes double precision,
    primary key (version, form)
);
