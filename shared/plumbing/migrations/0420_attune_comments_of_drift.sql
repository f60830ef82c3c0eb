-- What readers are told of drift: of what has been crossed already, and of past moments.
comment on function attune.drifting(interval) is
    'Who will cross a line within this time if nothing else happens, when and why, soonest first; before them who has crossed one and is not back, with the moment since when.';
comment on column attune.drifts.drifts_at is 'When, if nothing else happens; in the past where the line has been crossed.';
comment on column attune.drifts.reason is 'Which line it will cross, or has crossed.';
comment on column attune.alignment.drifts_at is
    'When the reading will cross its first line if nothing else happens, or since when it has crossed it; null where it never will.';
comment on function attune.alignment_at(timestamptz, timestamptz) is
    'attune.alignment as of any moment, from the log; with known_at only what was recorded by then. Names, places, cadence and the model are those of today. What alerts judged is kept as of its last judgement only: for a moment before it, drifts_at is null and reasons are those that show in the reading itself (never_met, shallow, one_sided, shaken).';
