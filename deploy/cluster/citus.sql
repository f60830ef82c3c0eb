-- Spreads the log and the states over the nodes of a Citus cluster: once, as the owner, on a fresh database after
-- `attune migrate`. Not tried on Citus itself; tests/integration/projector/test_partitioned.py folds into hash
-- partitions by the keys that stand here.
create extension if not exists citus;
-- Small, and joined with everywhere: a copy on each node.
select create_reference_table('roster.initiatives');
select create_reference_table('roster.people');
select create_reference_table('roster.addresses');
select create_reference_table('roster.stakeholders');
select create_reference_table('projector.forms');
select create_reference_table('projector.models');
select create_reference_table('projector.numbers');
select create_reference_table('projector.model_weights');
-- What makes an event count once is unique on the node that holds it.
select create_distributed_table('projector.log', 'event_key', colocate_with => 'none');
select create_distributed_table('projector.retractions', 'event_key', colocate_with => 'projector.log');
-- What a relationship is folded into lies together.
select create_distributed_table('projector.model_states', 'relationship_id', colocate_with => 'none');
select create_distributed_table('projector.model_days', 'relationship_id', colocate_with => 'projector.model_states');
