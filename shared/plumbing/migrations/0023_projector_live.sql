-- What people and services read: the model in force, its weights, states and days.
create view projector.model as
select numbers.* from projector.in_force join projector.numbers using (version);

create view projector.weights as
select form, contact, dialogue, depth, accord, strain, is_touch, full_minutes, usual_minutes
from projector.model_weights
where version = (select version from projector.in_force);

create view projector.states as
select * from projector.model_states
where version = (select version from projector.in_force);

create view projector.days as
select * from projector.model_days
where version = (select version from projector.in_force);
