select count(*) from attune.alignment;
