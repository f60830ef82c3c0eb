-- From when to when each reason holds if nothing else happens, as the last judgement solved for it.
alter table alerts.watches add column forecasts jsonb not null default '[]';
