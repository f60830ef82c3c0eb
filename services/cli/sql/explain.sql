-- What each touchpoint brings to each channel, the weightiest first.
select *
from attune.explain($1, $2, $3)
order by contact + dialogue + depth + accord + strain desc, occurred_at desc
