-- Who stands lower than is desired, in the order of the list of an initiative: of a hundred thousand its first page is read.
create index standings_by_shortfall on console.standings (initiative, importance desc, coalesce(score, -1), relationship_id)
where case band when 'aligned' then 3 when 'cooling' then 2 when 'misaligned' then 1 else 0 end
    < case coalesce(desired_band, 'aligned') when 'aligned' then 3 when 'cooling' then 2 else 1 end;
