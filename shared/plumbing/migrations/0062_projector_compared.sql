-- Two states of one relationship side by side, by the half-lives of the first one's version: each sum as of the later
-- of their eras. Where nothing of the other is known, it is nothing.
create function projector.compared(one projector.model_states, other projector.model_states)
returns table (channel text, one_value double precision, other_value double precision)
language sql stable parallel safe
begin atomic
    select channels.*
    from projector.numbers as m
    cross join lateral (
        select
            greatest(projector.epoch((other).as_of) - projector.epoch((one).as_of), 0) as one_later,
            greatest(projector.epoch((one).as_of) - projector.epoch((other).as_of), 0) as other_later
    ) as moved
    cross join lateral (
        values
        ('contact', projector.faded((one).contact, one_later, m.contact_half_life),
            projector.faded((other).contact, other_later, m.contact_half_life)),
        ('dialogue', projector.faded((one).dialogue, one_later, m.dialogue_half_life),
            projector.faded((other).dialogue, other_later, m.dialogue_half_life)),
        ('depth', projector.faded((one).depth, one_later, m.depth_half_life),
            projector.faded((other).depth, other_later, m.depth_half_life)),
        ('accord', projector.faded((one).accord, one_later, m.accord_half_life),
            projector.faded((other).accord, other_later, m.accord_half_life)),
        ('strain', projector.faded((one).strain, one_later, m.strain_half_life),
            projector.faded((other).strain, other_later, m.strain_half_life)),
        ('pace_fast', projector.faded((one).pace_fast, one_later, m.pace_fast_half_life),
            projector.faded((other).pace_fast, other_later, m.pace_fast_half_life)),
        ('pace', projector.faded((one).pace, one_later, m.pace_half_life),
            projector.faded((other).pace, other_later, m.pace_half_life)),
        ('pace_slow', projector.faded((one).pace_slow, one_later, m.pace_slow_half_life),
            projector.faded((other).pace_slow, other_later, m.pace_slow_half_life)),
        ('evidence', (one).evidence, (other).evidence),
        ('touch_days', (one).touch_days, (other).touch_days),
        ('first_touch', projector.epoch((one).first_touch_at), projector.epoch((other).first_touch_at)),
        ('last_touch', projector.epoch((one).last_touch_at), projector.epoch((other).last_touch_at))
    ) as channels (channel, one_value, other_value)
    where m.version = (one).version;
end;

-- How far two values are apart, as a share of the larger.
create function projector.apart(one double precision, other double precision) returns double precision
language sql immutable parallel safe
return coalesce(
    abs(coalesce(one, 0) - coalesce(other, 0)) / nullif(greatest(abs(one), abs(other)), 0), 0
);
