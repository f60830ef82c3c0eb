-- Begins to fold, until the transaction ends, in one round trip, and tells whether nothing is kept of anybody, before which
-- moment nothing is taken in, and by which key handles are made here: under the lock, so that who is forgotten from now on
-- waits for us, and who was is seen (a volatile function's statements see what was committed while it waited).
create function projector.begin_fold(out is_anybody boolean, out expired_before double precision, out key_id text)
language plpgsql volatile
as $$
begin
    perform pg_advisory_xact_lock_shared(hashtext('attune.fold'));
    -- Statements run by plans made once for arrays of a few rows. Such a plan must be right for arrays of any length and tables
    -- that have grown since: it probes indexes, never reads a table from end to end, and meets the rows of a batch with one
    -- another by hashing, where comparing each with each would pass for cheap.
    perform
        set_config('plan_cache_mode', 'force_generic_plan', true),
        set_config('enable_seqscan', 'off', true),
        set_config('enable_nestloop', 'off', true);
    select
        exists (select from roster.suppressed),
        (select extract(epoch from before_at) from projector.expiry),
        (select handle_key.key_id from roster.handle_key)
    into is_anybody, expired_before, key_id;
end
$$;
