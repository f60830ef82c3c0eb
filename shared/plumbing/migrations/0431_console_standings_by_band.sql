-- A band and an order go together: whoever stands low is not among the first by score, and has drifted already. Without these, a
-- page of one band walks past everybody of the others.
create index standings_of_band_by_drift on console.standings (band, coalesce(drifts_at, 'infinity'), relationship_id);
create index standings_of_band_by_score on console.standings (band, coalesce(score, 'infinity'), relationship_id);
create index standings_of_band_by_score_down on console.standings (band, coalesce(score, -1) desc, relationship_id desc);
create index standings_of_band_by_last_touch on console.standings (band, coalesce(last_touch_at, '-infinity'), relationship_id);
