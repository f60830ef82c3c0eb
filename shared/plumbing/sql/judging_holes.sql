-- Since when each part of an initiative has had each of its holes.
select part, reason, since from alerts.wholes where initiative = $1
