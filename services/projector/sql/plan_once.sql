-- Until the transaction ends, statements run by plans made once for arrays of a few rows. Such a plan must be right for
-- arrays of any length and tables that have grown since: it probes indexes, never reads a table from end to end, and meets
-- the rows of a batch with one another by hashing, where comparing each with each would pass for cheap.
select
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true),
    set_config('enable_nestloop', 'off', true)
