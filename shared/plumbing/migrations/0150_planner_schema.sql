-- What was proposed, and what people made of it.
create schema planner;
