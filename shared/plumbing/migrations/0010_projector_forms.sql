-- Kind, direction and quality of a touchpoint as one small number; shared/forms.py has the same list.
create table projector.forms (
    form smallint primary key,
    kind text not null,
    direction text not null,
    quality text not null,
    unique (kind, direction, quality)
);
insert into projector.forms
select k.number * 100 + d.number * 10 + q.number - 1, k.kind, d.direction, q.quality
from (values
    (1, 'meeting', array['', 'tentative']),
    (2, 'email', array['']),
    (3, 'call', array['']),
    (4, 'message', array['']),
    (5, 'disclosure', array['disclosure', 'empathy', 'authenticity']),
    (6, 'commitment', array['made/us', 'renegotiated/us', 'kept/us', 'broken/us',
                            'made/them', 'renegotiated/them', 'kept/them', 'broken/them']),
    (7, 'setback', array['']),
    (8, 'pulse', array['positive', 'negative'])
) as k (number, kind, qualities)
cross join (values (1, 'outbound'), (2, 'inbound'), (3, 'mutual')) as d (number, direction)
cross join lateral unnest(k.qualities) with ordinality as q (quality, number);
