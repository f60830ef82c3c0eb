-- Keeps nothing of these handles from now on; what was ordered for the person stays when a domain goes.
insert into roster.suppressed (handle, suppressed_at, reason, domain)
select unnest($1::uuid[]), $2, $3, $4
on conflict (handle) do update set
    reason = case when suppressed.reason = 'forgotten' then suppressed.reason else excluded.reason end,
    domain = case when suppressed.domain is not null then excluded.domain end
