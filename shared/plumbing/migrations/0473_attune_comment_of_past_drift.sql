-- What readers are told of drift in the past.
comment on function attune.alignment_at(timestamptz, timestamptz) is
    'attune.alignment as of any moment, from the log; with known_at only what was recorded by then. Names, places, cadence and the model are those of today. drifts_at and reasons are what alerts had made of it by that moment; where nobody had judged yet, as of history that was imported, drifts_at is null and reasons are those that show in the reading itself (never_met, shallow, one_sided, shaken).';
