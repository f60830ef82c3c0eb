-- How far two versions' sums are apart, per channel, as a share of the larger; sums of other eras are moved first.
-- What is too small to matter (1e-100, as in projector.faded) is nothing.
select
    channel,
    coalesce(max(abs(one - other) / nullif(greatest(abs(one), abs(other)), 0)), 0) as difference,
    count(*) filter (where abs(one - other) > 1e-9 * greatest(abs(one), abs(other))) as relationships
from projector.model_states as s
join projector.model_states as b using (relationship_id)
join projector.numbers as m on m.version = s.version
join projector.numbers as n on n.version = b.version
cross join lateral (
    select
        greatest(projector.epoch(b.as_of) - projector.epoch(s.as_of), 0) as s_later,
        greatest(projector.epoch(s.as_of) - projector.epoch(b.as_of), 0) as b_later
) as moved
cross join lateral (
    values
    ('contact', projector.faded(s.contact, s_later, m.contact_half_life), projector.faded(b.contact, b_later, n.contact_half_life)),
    ('dialogue', projector.faded(s.dialogue, s_later, m.dialogue_half_life), projector.faded(b.dialogue, b_later, n.dialogue_half_life)),
    ('depth', projector.faded(s.depth, s_later, m.depth_half_life), projector.faded(b.depth, b_later, n.depth_half_life)),
    ('accord', projector.faded(s.accord, s_later, m.accord_half_life), projector.faded(b.accord, b_later, n.accord_half_life)),
    ('strain', projector.faded(s.strain, s_later, m.strain_half_life), projector.faded(b.strain, b_later, n.strain_half_life)),
    ('pace_fast', projector.faded(s.pace_fast, s_later, m.pace_fast_half_life), projector.faded(b.pace_fast, b_later, n.pace_fast_half_life)),
    ('pace', projector.faded(s.pace, s_later, m.pace_half_life), projector.faded(b.pace, b_later, n.pace_half_life)),
    ('pace_slow', projector.faded(s.pace_slow, s_later, m.pace_slow_half_life), projector.faded(b.pace_slow, b_later, n.pace_slow_half_life)),
    ('touch_days', s.touch_days, b.touch_days),
    ('evidence', s.evidence, b.evidence)
) as channels (channel, one, other)
where s.version = $1 and b.version = $2
group by channel
order by channel
