-- What the list can be narrowed to, from what there is.
select
    array(select initiative from roster.initiatives
          where $1::text[] is null or initiative = any($1) order by initiative) as initiatives,
    array(select distinct function from console.coverage
          where function is not null and ($1::text[] is null or initiative = any($1)) order by function) as functions,
    array(select distinct level from console.coverage
          where level is not null and ($1::text[] is null or initiative = any($1)) order by level) as levels
