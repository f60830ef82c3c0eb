-- Since when somebody is on the roster.
alter table roster.stakeholders add column added_at timestamptz not null default now();
