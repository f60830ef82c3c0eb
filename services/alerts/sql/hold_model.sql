-- Waits until no switch is under way, and holds back the next one until this transaction ends.
select from projector.in_force for share
