select count(*) from attune.touchpoints;
