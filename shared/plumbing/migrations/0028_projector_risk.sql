-- The probability that the relationship stays silent for one horizon from the moment on; null where it was
-- never touched. shared/alignment/risk.py is the same arithmetic and says what each term means and where its
-- coefficients come from; a property test holds the two equal.
create function projector.risk(state projector.model_states, moment timestamptz, known_at timestamptz default null)
returns double precision
language sql stable parallel safe
-- One plan for all rows: planning takes ten times as long as running it.
security definer set search_path = pg_catalog set plan_cache_mode = force_generic_plan  -- the longest gap is read from the log, which nobody else reads
return (
    select 1 / (1 + exp(-least(greatest(log_odds, -13.815509557963774), 13.815509557963774)))
    from (
        select
            risk_intercept
            + risk_tenure * ln(tenure + 0.3)
            + risk_longest_gap * ln(least((longest_gap + 1) * 86400 / horizon, 4))
            + risk_pace * ln(pace)
            + risk_pace_slow * ln(pace_slow)
            + risk_missed_fast * ln(1 + silence * pace_fast * (ln(2) / 0.25) / (1 - power(2, -tenure / 0.25)))
            + risk_missed_slow * ln(1 + silence * pace_slow * (ln(2) / 4) / (1 - power(2, -tenure / 4)))
            as log_odds
        from (
            select
                numbers.*,
                ((last_day - first_day + 1) * 86400) / horizon as tenure,
                greatest(projector.epoch(moment) - last_day * 86400, 0) / horizon as silence,
                -- sums as of the last touch day's midnight: that day alone gives one
                greatest(projector.faded((state).pace_fast, since, pace_fast_half_life), 1) as pace_fast,
                greatest(projector.faded((state).pace, since, pace_half_life), 1) as pace,
                greatest(projector.faded((state).pace_slow, since, pace_slow_half_life), 1) as pace_slow,
                longest_gap
            from projector.numbers
            cross join lateral (
                select
                    floor(projector.epoch((state).first_touch_at) / 86400) as first_day,
                    floor(projector.epoch((state).last_touch_at) / 86400) as last_day
            ) as days
            cross join lateral (select last_day * 86400 - projector.epoch((state).as_of) as since) as moved
            cross join lateral (
                select coalesce(max(gap), 0) as longest_gap
                from (
                    select touched.day - lag(touched.day) over (order by touched.day) as gap
                    from (
                        select distinct day
                        from projector.contributions
                        where version = (state).version
                          and relationship_id = (state).relationship_id
                          and is_touch and day <= last_day
                          and (known_at is null and retracted_at is null
                               or recorded_at <= known_at and (retracted_at is null or retracted_at > known_at))
                    ) as touched
                ) as gaps
            ) as longest
            where numbers.version = (state).version and (state).last_touch_at is not null
        ) as terms
    ) as summed
);
