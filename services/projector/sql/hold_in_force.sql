-- Waits until nobody judges, and holds back whoever wants to until the switch is done.
select from projector.in_force for update
