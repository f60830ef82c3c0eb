-- When the model in force took over from another; null for the first. What crossed a line by then is no news.
alter table projector.in_force add column switched_at timestamptz;
