-- The probability that the relationship stays silent for one horizon from the moment on; null where it was never
-- touched. `longest_gap` is in days; `initiative` is what touch days its whole initiative has had (null: no other
-- than this relationship's). shared/alignment/risk.py is the same arithmetic and says what each term means and where
-- its coefficients come from; a property test holds the two equal. Inlined, as projector.read is.
create function projector.risk_read(
    state projector.model_states, longest_gap integer, initiative_last_day integer, initiative_pace_fast double precision,
    initiative_pace double precision, moment timestamptz
)
returns table (risk double precision)
language sql stable parallel safe
begin atomic
    select 1 / (1 + exp(-least(greatest(log_odds, -13.815509557963774), 13.815509557963774)))
    from (
        select
            risk_intercept
            + risk_tenure * ln(tenure + 0.3)
            + risk_longest_gap * ln(least((longest_gap + 1) * 86400 / horizon, 4))
            + risk_pace * ln(pace)
            + risk_pace_slow * ln(pace_slow)
            + risk_missed_fast * ln(1 + silence * pace_fast * fast_decay / (1 - exp(-tenure * fast_decay)))
            + risk_missed_slow * ln(1 + silence * pace_slow * slow_decay / (1 - exp(-tenure * slow_decay)))
            + risk_silence * ln(1 + 30 * silence)
            + risk_initiative_pace * ln(around_pace)
            + risk_initiative_trend * (ln(around_pace_fast / around_pace) - around_silence * (fast_decay - decay))
            as log_odds
        from (
            select
                numbers.*,
                ((last_day - first_day + 1) * 86400) / horizon as tenure,
                greatest(projector.epoch(moment) - last_day * 86400, 0) / horizon as silence,
                greatest(projector.epoch(moment) - coalesce(initiative_last_day, last_day) * 86400, 0) / horizon
                    as around_silence,
                pace_fast, pace, pace_slow,
                coalesce(initiative_pace_fast, pace_fast) as around_pace_fast,
                coalesce(initiative_pace, pace) as around_pace,
                0.6931471805599453 * horizon / pace_fast_half_life as fast_decay,
                0.6931471805599453 * horizon / pace_half_life as decay,
                0.6931471805599453 * horizon / pace_slow_half_life as slow_decay
            from projector.numbers
            cross join lateral (
                select
                    floor(projector.epoch((state).first_touch_at) / 86400) as first_day,
                    floor(projector.epoch((state).last_touch_at) / 86400) as last_day
            ) as days
            cross join lateral (select last_day * 86400 - projector.epoch((state).as_of) as since) as moved
            cross join lateral (
                select
                    -- sums as of the last touch day's midnight: that day alone gives one
                    greatest(projector.faded((state).pace_fast, since, pace_fast_half_life), 1) as pace_fast,
                    greatest(projector.faded((state).pace, since, pace_half_life), 1) as pace,
                    greatest(projector.faded((state).pace_slow, since, pace_slow_half_life), 1) as pace_slow
            ) as sums
            where numbers.version = (state).version and (state).last_touch_at is not null
        ) as terms
    ) as summed;
end;
