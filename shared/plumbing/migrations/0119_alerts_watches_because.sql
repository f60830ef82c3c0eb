-- What a judgement rested on, so that the next one knows since when each reason holds and what was dealt with.
alter table alerts.watches
    add column because jsonb not null default '[]',  -- each reason with its moment and its figures
    add column is_known boolean not null default false,  -- whether there was enough to judge by
    add column settled_at timestamptz,  -- when somebody last resolved an alert by hand
    add column held_by text;            -- the stale source that holds its drift back
create index watches_by_held_by on alerts.watches (held_by) where held_by is not null;
