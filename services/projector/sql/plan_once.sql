-- Until the transaction ends, statements run by plans made once for arrays of a few rows. Whatever a table held when such
-- a plan was made, it probes indexes and never reads a table that has grown since from end to end.
select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)
