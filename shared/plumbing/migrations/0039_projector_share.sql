-- One part's points of a saturating channel: its proportion of what the whole sum gives, 0 to 100.
create function projector.share(part double precision, whole double precision, full_at double precision)
returns double precision
language sql immutable parallel safe
return case when whole > 0 then 100 * projector.saturated(whole, full_at) * part / whole else 0 end;
