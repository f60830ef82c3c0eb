-- Messages of one status (all of them when null), the latest first.
select * from attune.deliveries
where $1::text is null or status = $1
order by created_at desc
limit 1000
