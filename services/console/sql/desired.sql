-- How the stakeholders of one initiative stand against how they are desired to stand.
select desired_band, band, stakeholders, importance
from console.desired
where initiative = $1
