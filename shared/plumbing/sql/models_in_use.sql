-- The models that touchpoints are folded by: the one in force, and one that is being built.
select version, definition from projector.models join projector.numbers using (version)
