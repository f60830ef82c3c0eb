-- Lines of the model that are others for one relationship, and since when it is on the roster.
alter table roster.stakeholders
    add column overrides jsonb not null default '{}',
    add column added_at timestamptz not null default now();
