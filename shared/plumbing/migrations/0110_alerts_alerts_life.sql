-- The life of an alert: who has it in hand, until when it rests, what it is about when it is about no person.
alter table alerts.alerts
    alter column relationship_id drop not null,
    add column initiative text,      -- of an alert about an initiative as a whole …
    add column part text,            -- … and the function or level that it is about
    add column source text,          -- of an alert about a connector
    add column assignee text,        -- who has it in hand: at first the relationship's owner
    add column acknowledged_at timestamptz,
    add column snoozed_until timestamptz,
    add column steps integer not null default 0,  -- of its escalation chain, taken so far
    add column act_at timestamptz,   -- when something is to be said by the clock, or because a person acted
    add column pending text,         -- what is to be said then
    add column told_number bigint not null default 0,  -- what people did is told up to this number of the history
    drop constraint alerts_status_check,
    add constraint alerts_status_check check (status in ('open', 'acknowledged', 'snoozed', 'resolved')),
    add constraint alerts_is_about_one check (num_nonnulls(relationship_id, initiative, source) = 1),
    add constraint alerts_snooze_ends check (status <> 'snoozed' or snoozed_until is not null);
create unique index alerts_one_open_of_a_whole on alerts.alerts (initiative, part, source) nulls not distinct
    where status <> 'resolved' and relationship_id is null;
-- whose silence holds others back is asked with every judgement
create index alerts_stale on alerts.alerts (source) where source is not null and status <> 'resolved';
create index alerts_in_hand on alerts.alerts (assignee) where status <> 'resolved';
create index alerts_by_act_at on alerts.alerts (act_at) where act_at is not null;
