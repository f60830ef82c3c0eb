-- What alerts made of people before goes as well; the last of it still says how they stood from that moment on.
with superseded as (
    delete from alerts.verdicts
    where judged_at < $1
      and exists (
          select
          from alerts.verdicts as later
          where later.relationship_id = verdicts.relationship_id
            and later.judged_at > verdicts.judged_at and later.judged_at <= $1
      )
)
select projector.expire($1, $2)
