-- Of functions and of levels: how many have somebody aligned, how many hang on one of us, and how many there are.
select
    case dimension when 'horizontal' then 'function' else 'level' end as what,
    count(*) filter (where covered) as covered,
    count(*) filter (where single_threaded) as single_threaded,
    count(*) as parts
from console.organisation
where dimension in ('horizontal', 'vertical') and ($1::text[] is null or initiative = any($1))
group by dimension
order by dimension
