-- Every change to a roster: who stood where before and after, who changed it and when. `before` is null for who
-- was not there, `after` for who is gone.
create table roster.log (
    number bigint generated always as identity primary key,
    changed_at timestamptz not null,
    changed_by text not null,
    change text not null check (change in ('entered', 'removed', 'merged', 'unmerged', 'forgotten', 'blocked')),
    initiative text,   -- null where a change tells nothing of anybody: who was forgotten
    stakeholder text,
    before jsonb,
    after jsonb
);
create index log_by_relationship on roster.log (initiative, stakeholder, changed_at, number);
