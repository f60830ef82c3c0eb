-- How many touches of the log lie on 1 January 1970, which programs write where they have no date.
select count(*)
from projector.contributions
join projector.in_force using (version)
where is_touch and retracted_at is null and occurred_at < '1970-01-02 00:00+00'
