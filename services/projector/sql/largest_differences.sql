-- How far versions $1 and $2 are apart at most, per channel, and for how many relationships by more than $3.
select
    channel,
    max(projector.apart(one_value, other_value)) as difference,
    count(*) filter (where projector.apart(one_value, other_value) > $3) as relationships
from projector.model_states as live
join projector.model_states as beside using (relationship_id)
cross join lateral projector.compared(live, beside)
where live.version = $1 and beside.version = $2
group by channel
order by channel
